/**
 * A place in a conversation: `seq.attempt.position`, three decimal integers, compared as numbers from left to right.
 * `position` is a byte offset into the answer's UTF-8 text. `attempt` is the attempt that wrote the byte before it.
 *
 * The third generation of a conversation, whose answer of 10 bytes was written by attempt 1, has these cursors:
 *
 * | cursor | stands |
 * | --- | --- |
 * | `3.0.0` | before its `accepted` |
 * | `3.0.1` | after its `accepted`, before any text |
 * | `3.1.4` | after the fourth byte |
 * | `3.1.11` | after its end: the length + 1 |
 */
export interface Cursor {
  readonly seq: number;
  readonly attempt: number;
  readonly position: number;
}

/** At most ten digits: no answer has more bytes, and a double holds them exactly. */
const FORM = /^(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})$/;

/** Returns undefined for anything that is not a cursor. Leading zeros are refused. */
export function parseCursor(text: string): Cursor | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  return { seq: Number(match[1]), attempt: Number(match[2]), position: Number(match[3]) };
}

export function formatCursor(cursor: Cursor): string {
  return `${cursor.seq}.${cursor.attempt}.${cursor.position}`;
}

/** Negative when `a` is before `b`, 0 when they are equal, positive otherwise. */
export function compareCursors(a: Cursor, b: Cursor): number {
  return a.seq - b.seq || a.attempt - b.attempt || a.position - b.position;
}

/** Just before the `accepted` of generation `seq`. */
export function beforeAccepted(seq: number): Cursor {
  return { seq, attempt: 0, position: 0 };
}

/** Just after the `accepted` of generation `seq`, before any of its text. */
export function afterAccepted(seq: number): Cursor {
  return { seq, attempt: 0, position: 1 };
}

/** How many bytes of the answer a reader at this cursor has received. */
export function textPosition(cursor: Cursor): number {
  return cursor.attempt === 0 ? 0 : cursor.position;
}
