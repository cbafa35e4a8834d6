import type { Clock } from './clock.js';

/** What `withTimeout` gives when the time is up. */
export const TIMED_OUT = Symbol('timed out');

/**
 * Resolves with the result of `promise`, or with `TIMED_OUT` after `ms`. Rejects if the promise rejects in time. The
 * promise is not cancelled: it goes on, and a later rejection is ignored.
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
    // With a reason: without one Node makes an exception with its stack.
    settled.abort('settled');
  }
}
