import type { Clock } from './clock.js';

/** Waits for `promise`, but for no more than `ms`: it goes on by itself then. Rejects when it does, in time. */
export async function atMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  const inTime = new AbortController();
  try {
    await Promise.race([promise, clock.sleep(ms, inTime.signal)]);
  } finally {
    inTime.abort();
  }
}
