import { TIMED_OUT, withTimeout } from '../../kernel/with-timeout.js';
import { SystemClock } from '../system-clock.js';

const CLOCK = new SystemClock();

/** What `promise` gives. @throws when the job queue does not answer within `ms`. */
export async function withDeadline<T>(ms: number, promise: Promise<T>): Promise<T> {
  const settled = await withTimeout(CLOCK, ms, promise);
  if (settled === TIMED_OUT) throw new Error(`no answer from the job queue within ${ms} ms`);
  return settled;
}
