import type { Cursor } from '../protocol/cursor.js';
import { textPosition } from '../protocol/cursor.js';

/** One worker's claim on a generation that has written, and the byte from which it wrote. */
export interface AttemptStart {
  /** 1, 2, 3 …, given by Postgres; a fencing token. */
  readonly attempt: number;
  /** Byte offset into the answer's UTF-8 text. */
  readonly start: number;
}

/**
 * The fork rule: text up to a cursor is still part of the answer unless a later attempt started before it, or the
 * later attempts know nothing of the cursor's: they went on from a log that had lost it.
 * Returns the attempt from whose beginning the reader must read anew, or undefined when its text stands.
 * (The rule by which Kafka's leader epochs truncate a follower's log.)
 */
export function forkedBy(cursor: Cursor, attempts: readonly AttemptStart[]): number | undefined {
  const position = textPosition(cursor);
  const later = attempts.filter(({ attempt }) => attempt > cursor.attempt);
  if (position === 0 || later.length === 0) return undefined;
  const known = attempts.some(({ attempt }) => attempt === cursor.attempt);
  const forked = !known || later.some(({ start }) => start < position);
  return forked ? lastAttempt(attempts) : undefined;
}

/** The attempt that wrote the byte before `position`: the last to have started before it. */
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
 * A reader's cursor after it was given the text up to `position`. Never before `cursor`: after a `reset` by an attempt
 * that went on from older text, that text still comes after the `reset`.
 */
export function advance(cursor: Cursor, position: number, attempts: readonly AttemptStart[]): Cursor {
  return { seq: cursor.seq, attempt: Math.max(cursor.attempt, writerOf(position, attempts)), position };
}
