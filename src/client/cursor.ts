/** A place in a conversation, `seq.attempt.position` (docs/protocol.md, "Cursors"); the position counts bytes of UTF-8. */
export interface Cursor {
  readonly seq: number;
  readonly attempt: number;
  readonly position: number;
}

/** Undefined for anything else: a server that says nonsense moves nothing. */
export function parseCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/.exec(text);
  return match ? { seq: Number(match[1]), attempt: Number(match[2]), position: Number(match[3]) } : undefined;
}

export function formatCursor({ seq, attempt, position }: Cursor): string {
  return `${seq}.${attempt}.${position}`;
}

/** Whether `one` stands after `other`. */
export function isAfter(one: Cursor, other: Cursor): boolean {
  return (one.seq - other.seq || one.attempt - other.attempt || one.position - other.position) > 0;
}

/** How many bytes of the answer's text stand before it; attempt 0 stands before all text. */
export function textPosition({ attempt, position }: Cursor): number {
  return attempt === 0 ? 0 : position;
}
