import type { Log } from '../../log.js';

const EVERY_MS = 1_000;

/**
 * Logs errors of a queue, one a second at the most, with how many there were since: a store that is away makes one
 * with every try.
 */
export function grumbler(log: Log): (error: Error) => void {
  let count = 0;
  let quietUntil = 0;
  return (error) => {
    count += 1;
    if (performance.now() < quietUntil) return;
    quietUntil = performance.now() + EVERY_MS;
    log.warn('job queue error', { error, count });
    count = 0;
  };
}
