import type { Clock } from './clock.js';

/** What `withTimeout` gives when the time is up. */
export const TIMED_OUT = Symbol('timed out');

/**
 * What `promise` gives, or `TIMED_OUT` after `ms`. The promise is not cancelled: it goes on, and a later rejection is
 * ignored. Rejects when the promise rejects in time.
 */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
): Promise<T | typeof TIMED_OUT> {
  const settled = new AbortController();
  const timeout = clock.sleep(ms, settled.signal).then((): typeof TIMED_OUT => TIMED_OUT);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    settled.abort();
  }
}
