import type { Clock } from '../../src/kernel/clock.js';

/** Never pauses. */
export const HASTY: Clock = { now: () => performance.now(), sleep: async () => {} };
