import type { LogFields, Logger } from './logger.js';

const EVERY_MS = 1_000;

/**
 * Logs the event `event`, at most one line a second, with a count of those since the last line: what a stranger can
 * cause, or what fails again with every attempt, must not fill the log.
 */
export function throttledEvent(
  logger: Logger,
  level: 'info' | 'warn',
  event: string,
): (fields: LogFields) => void {
  let count = 0;
  let quietUntil = 0;
  return (fields) => {
    count += 1;
    if (performance.now() < quietUntil) return;
    quietUntil = performance.now() + EVERY_MS;
    logger[level](event, { ...fields, count });
    count = 0;
  };
}

/** The same for errors, as warnings. */
export function throttledWarning(logger: Logger, event: string): (error: unknown) => void {
  const warn = throttledEvent(logger, 'warn', event);
  return (error) => warn({ error });
}
