import type { Logger } from './logger.js';

const EVERY_MS = 1_000;

/**
 * Logs errors as the event `event`, at most one line a second, with a count of those since the last line. A server that
 * is down causes an error with every attempt.
 */
export function throttledWarning(log: Logger, event: string): (error: Error) => void {
  let count = 0;
  let quietUntil = 0;
  return (error) => {
    count += 1;
    if (performance.now() < quietUntil) return;
    quietUntil = performance.now() + EVERY_MS;
    log.warn(event, { error, count });
    count = 0;
  };
}
