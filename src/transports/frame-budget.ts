import type { TokenBucketOptions } from '../kernel/token-bucket.js';

/**
 * Frames or packets that a connection may send: far more than people, or clients that resume, ever do. It is checked before
 * anything is parsed or answered, since a refusal can cost as much as the work. A connection over its budget is closed.
 */
export const FRAME_BUDGET: TokenBucketOptions = { capacity: 2500, perSecond: 100 };
