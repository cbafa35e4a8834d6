import { type AttemptStart, lastAttempt } from './attempts.js';
import type { Snapshot } from './generation-log.js';

/**
 * The part of a log that can still belong to the answer. A log may come back from an old snapshot and lack attempts that
 * Postgres has recorded. Then only the text before the earliest start of those attempts counts, and its outcome does not.
 *
 * Example: the log knows attempt 1 with 30 bytes, Postgres also knows attempt 2 from byte 20: the first 20 bytes count.
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
