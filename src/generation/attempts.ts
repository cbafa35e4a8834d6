import type { Cursor } from '../protocol/cursor.js';
import { textPosition } from '../protocol/cursor.js';

/** An attempt that has begun to write, and the byte from which it wrote. */
export interface AttemptStart {
  /** 1, 2, 3 …, assigned by Postgres; a fencing token. */
  readonly attempt: number;
  /** Byte offset into the answer's UTF-8 text. */
  readonly start: number;
}

/**
 * The fork rule. The text before a cursor is still part of the answer, unless a later attempt started before the cursor's
 * position, or the list lacks the cursor's attempt (the later ones continued a log that had lost it). Kafka truncates a
 * follower's log by the same rule (leader epochs).
 *
 * Example: attempt 1 wrote 20 bytes and died. A reader stands at `1.1.20`.
 * - Attempt 2 starts at 20: it continues. The reader's text stands.
 * - Attempt 2 starts at 0: it begins again. The reader must drop its text; the result is 2.
 *
 * Returns the attempt from whose beginning the reader must read again, or undefined when its text stands.
 */
export function forkedBy(cursor: Cursor, attempts: readonly AttemptStart[]): number | undefined {
  const position = textPosition(cursor);
  const later = attempts.filter(({ attempt }) => attempt > cursor.attempt);
  if (position === 0 || later.length === 0) return undefined;
  const known = attempts.some(({ attempt }) => attempt === cursor.attempt);
  const forked = !known || later.some(({ start }) => start < position);
  return forked ? lastAttempt(attempts) : undefined;
}

/** The attempt that wrote the byte before `position`: the last one that started before it. */
export function writerOf(position: number, attempts: readonly AttemptStart[]): number {
  let writer = 0;
  let first = Number.MAX_SAFE_INTEGER;
  for (const { attempt, start } of attempts) {
    if (start < position) writer = Math.max(writer, attempt);
    first = Math.min(first, attempt);
  }
  return writer || (attempts.length > 0 ? first : 0);
}

/** The highest attempt that has started to write, 0 when none has. */
export function lastAttempt(attempts: readonly AttemptStart[]): number {
  return attempts.reduce((last, { attempt }) => Math.max(last, attempt), 0);
}

/**
 * The reader's cursor after the text up to `position`. It never goes back before `cursor`: after a `reset` by an attempt
 * that continued older text, that older text follows the `reset`.
 */
export function advance(cursor: Cursor, position: number, attempts: readonly AttemptStart[]): Cursor {
  return { seq: cursor.seq, attempt: Math.max(cursor.attempt, writerOf(position, attempts)), position };
}
