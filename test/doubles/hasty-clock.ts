import type { Clock } from '../../src/generation/clock.js';

/** Never pauses. */
export const HASTY: Clock = { now: () => performance.now(), sleep: async () => {} };
