/**
 * A place in a conversation: `seq.attempt.position`, three decimal integers compared as numbers from left
 * to right. `position` is a byte offset into the answer's UTF-8 text and `attempt` the attempt that wrote the
 * byte before it; the end of an answer stands at its length + 1. Attempt 0 stands before any text: position 0
 * before the generation's `accepted`, position 1 after it.
 */
export interface Cursor {
  readonly seq: number;
  readonly attempt: number;
  readonly position: number;
}

/** Ten digits are far more than any answer has bytes, and stay exact in a double. */
const FORM = /^(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})$/;

/** Returns undefined for anything that is not a cursor, leading zeros included. */
export function parseCursor(text: string): Cursor | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  return { seq: Number(match[1]), attempt: Number(match[2]), position: Number(match[3]) };
}

export function formatCursor(cursor: Cursor): string {
  return `${cursor.seq}.${cursor.attempt}.${cursor.position}`;
}

/** Negative when `a` stands before `b`, 0 when they are the same place, positive otherwise. */
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

/** How many bytes of the answer a reader at this cursor has. */
export function textPosition(cursor: Cursor): number {
  return cursor.attempt === 0 ? 0 : cursor.position;
}
