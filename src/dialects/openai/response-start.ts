import { resolveStart, type StartPorts } from '../../conversation/start.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { AppError } from '../../kernel/errors.js';
import { afterAccepted, type Cursor, formatCursor } from '../../protocol/cursor.js';
import type { Message } from '../../protocol/message.js';
import { CLOSING_EVENTS, placeOf } from './sequence.js';

export interface AnswerToResume {
  readonly ref: GenerationRef;
  /** As it is now. */
  readonly message: Message;
}

/**
 * Where a client reads on that has seen the events of a response up to number `after` (−1 for none).
 * @throws AppError `bad_request` for a number that this response cannot have given
 */
export async function startAfter(
  ports: StartPorts,
  userId: string,
  { ref, message }: AnswerToResume,
  after: number,
): Promise<Cursor> {
  const { attempt, position } = placeOf(after);
  const beginning = afterAccepted(ref.seq);
  if (position === 0) return beginning;
  const length = Buffer.byteLength(message.content);
  const ended = message.completedAt !== undefined;
  if (ended && position > length + CLOSING_EVENTS) throw impossible();
  // After the text come closing events, which the end brings anew; those that were seen are left out.
  const cursor: Cursor = { seq: ref.seq, attempt, position: ended ? Math.min(position, length) : position };
  if (cursor.position === 0) return beginning;
  try {
    await resolveStart(ports, userId, ref.conversationId, { cursor: formatCursor(cursor) });
  } catch (error) {
    throw error instanceof AppError && error.code === 'bad_request' ? impossible() : error;
  }
  return cursor;
}

function impossible(): AppError {
  return new AppError('bad_request', 'starting_after: this response has no such event', {
    param: 'starting_after',
  });
}
