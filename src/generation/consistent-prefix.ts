import { type AttemptStart, lastAttempt } from './attempts.js';
import type { Snapshot } from './generation-log.js';

/**
 * What of a log can still be part of the answer. A log may have come back older than Postgres' word on the attempts: then
 * only the text before the earliest start that it does not know of stands, and its outcome does not.
 */
export function consistentPrefix(snapshot: Snapshot, attempts: readonly AttemptStart[]): Snapshot {
  const known = lastAttempt(snapshot.attempts);
  const unknown = attempts.filter(({ attempt }) => attempt > known).map(({ start }) => start);
  if (unknown.length === 0) return snapshot;
  const text = Buffer.from(snapshot.text)
    .subarray(0, Math.min(...unknown))
    .toString();
  return { text, attempts: snapshot.attempts };
}
