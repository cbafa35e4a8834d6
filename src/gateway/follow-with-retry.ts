import {
  type FollowEvent,
  type FollowOptions,
  type FollowPorts,
  follow,
  type Start,
} from '../generation/follow.js';
import { isUnavailable } from '../kernel/errors.js';

/** Delay before the first retry, in ms. It doubles with every failure without progress. */
const RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;

/** Failures in a row, without progress, after which an error that is no outage counts as permanent. */
const MAX_FAILURES = 5;

export interface RetryPorts extends FollowPorts {
  /** Called with the cause of every retry. */
  readonly onRetry: (error: unknown) => void;
}

/**
 * As `follow`, but a dependency that is down for a while does not end it: it continues after the last event. After a retry
 * `ready`, `stopping`, `alert` and `sources` may be repeated.
 * @throws what failed five times in a row without progress, unless the dependency is down: that is waited for.
 */
export async function* followWithRetry(
  ports: RetryPorts,
  conversationId: string,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent, void> {
  let { start } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const event of follow(ports, conversationId, { ...options, start }, signal)) {
        failures = 0;
        start = startAfter(start, event);
        yield event;
      }
      return;
    } catch (error) {
      // Nobody reads any more. A subscription that has entered a room must not end because its last query failed.
      if (signal.aborted) return;
      failures += 1;
      if (failures >= MAX_FAILURES && !isUnavailable(error)) throw error;
      ports.onRetry(error);
      await ports.clock.sleep(Math.min(RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS), signal);
    }
  }
}

function startAfter(start: Start, event: FollowEvent): Start {
  // The others have no place.
  if (!('cursor' in event) || event.kind === 'ready') return start;
  const { cursor, kind } = event;
  const resetFirst = (start.resetFirst ?? false) && kind !== 'reset' && kind !== 'ended';
  return { cursor, seq: cursor.seq, resetFirst };
}
