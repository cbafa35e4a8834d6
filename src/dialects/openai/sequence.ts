import type { Cursor } from '../../protocol/cursor.js';

/**
 * Sequence numbers of a response's events, computed from cursors, so that every gateway gives an event the same number:
 *
 *   (attempt − 1) · 2^32 + 3 + position
 *
 * `position` is a byte of the answer's UTF-8 text; the end stands at length + 1. Before the text come four events.
 *
 * Example, an answer of 10 bytes that one attempt wrote:
 *
 * | number | event |
 * | --- | --- |
 * | 0 to 3 | `created`, `in_progress`, `output_item.added`, `content_part.added` |
 * | 7 | an `output_text.delta` that ends after the fourth byte |
 * | 13 | the delta that ends the text |
 * | 14 to 17 | `output_text.done`, `content_part.done`, `output_item.done`, `completed` |
 *
 * The numbers grow, with gaps: how much text a delta has depends on when it is read, and where it ends does not.
 */
const ATTEMPT = 2 ** 32;

/** The last event before the text. */
export const LAST_OPENING = 3;

/** How many events follow the text. */
export const CLOSING_EVENTS = 4;

/** The number of a delta that ends at the cursor, or of the first event after the text, if the cursor is the answer's end. */
export function sequenceNumber({ attempt, position }: Cursor): number {
  return Math.max(attempt - 1, 0) * ATTEMPT + LAST_OPENING + position;
}

/** Where a client stands that has this number. Position 0 is before the text; one past the text's end is a closing event. */
export function placeOf(number: number): Pick<Cursor, 'attempt' | 'position'> {
  const position = (number % ATTEMPT) - LAST_OPENING;
  if (position <= 0) return { attempt: 0, position: 0 };
  return { attempt: Math.floor(number / ATTEMPT) + 1, position };
}

/** The numbers with which a text begins again that replaces another: `output_item.added` and `content_part.added`. */
export function restartNumbers({ attempt }: Cursor): readonly [number, number] {
  const before = sequenceNumber({ seq: 0, attempt, position: 0 });
  return [before - 1, before];
}

/** Whether a client with this number has the first of the two events with which a text begins again, and not the second. */
export function isHalfRestarted(number: number): boolean {
  return number > LAST_OPENING && number % ATTEMPT === LAST_OPENING - 1;
}
