import type { Clock } from './clock.js';
import { isPermanent } from './errors.js';
import type { Logger } from './logger.js';

/** Longest wait between two tries, in ms. */
const LONGEST_WAIT_MS = 2000;
/** How often a permanent error is met before it ends the tries: a migration may be under way. */
const TRIES = 5;

export interface RetryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is logged, with the first failure's cause: `'final row not written'`. */
  readonly event: string;
  readonly messageId: string;
  /** Ends the tries when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * Does what must not be left undone: tries again, with back-off, for as long as a server is down. The first failure is
 * logged with its cause.
 * @throws a permanent error (`isPermanent`) that came five times, after about 2 s; and the last error when `signal` aborts.
 */
export async function retry<T>(options: RetryOptions, act: () => Promise<T>): Promise<T> {
  const { clock, logger, event, messageId, signal } = options;
  let permanent = 0;
  for (let tries = 1, wait = 50; ; tries++, wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      return await act();
    } catch (error) {
      if (tries === 1) logger.warn(event, { messageId, error });
      if (isPermanent(error) && ++permanent === TRIES) throw error;
      await clock.sleep(wait, signal);
      if (signal?.aborted) throw error;
    }
  }
}
