import type { Logger } from './logger.js';

const EVERY_MS = 1_000;

/**
 * Logs errors under the name of `event`, one a second at the most, with how many there were since: a server that is away
 * makes one with every try.
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
