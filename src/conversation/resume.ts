import { type AttemptStart, writerOf } from '../generation/attempts.js';
import { AppError } from '../kernel/errors.js';
import { afterAccepted, beforeAccepted, type Cursor } from '../protocol/cursor.js';
import type { StoredMessage } from './conversation-store.js';
import { found } from './conversations.js';
import { idFrom } from './ids.js';
import { type Beginning, beginningOf, type StartPorts } from './start.js';

/** What a client says that it has. A `cursor` goes before the others; nothing at all is as a stream without a cursor. */
export interface Place {
  readonly cursor?: string | undefined;
  readonly lastMessageId?: string | undefined;
  /** How much of that answer's text, in UTF-16 units. */
  readonly received?: number | undefined;
}

/**
 * Where a reader goes on that says what it has, taken at its word: whatever it was sent before.
 * @throws AppError `not_found`; `bad_request` for a place that this conversation cannot have.
 */
export async function resumption(
  ports: StartPorts,
  userId: string,
  conversationId: string,
  { cursor, lastMessageId, received }: Place,
): Promise<Beginning> {
  if (cursor !== undefined || lastMessageId === undefined) {
    if (cursor === undefined && received !== undefined)
      throw new AppError('bad_request', 'received: needs lastMessageId');
    return beginningOf(ports, userId, conversationId, cursor);
  }
  const last = found(await ports.store.message(userId, conversationId, idFrom(lastMessageId)));
  const { seq, role } = last.key;
  // A client that has the question needs the `accepted`, which names the answer; it may show some of the answer too.
  if (role === 'user') return startAt(beforeAccepted(seq), true);
  if (received === undefined) return startAt(afterAccepted(seq), true);
  const text = await textOf(ports, userId, last);
  // Its text is lost for a moment, so nobody can say where the client stands in it.
  if (!text) return startAt(afterAccepted(seq), true);
  return startAt(placeIn(text, seq, received), false);
}

interface Text {
  readonly text: string;
  readonly attempts: readonly AttemptStart[];
}

function startAt(cursor: Cursor, resetFirst: boolean): Beginning {
  return { start: { cursor, seq: cursor.seq, resetFirst }, idle: false };
}

/** Undefined when the log of a running answer is away. */
async function textOf(
  { store, log }: StartPorts,
  userId: string,
  { message, key, running }: StoredMessage,
): Promise<Text | undefined> {
  if (running) {
    if (running.attempts.length === 0) return { text: '', attempts: [] };
    return log.peek(running.ref).catch(() => undefined);
  }
  const { generation } = found(await store.state(userId, message.conversationId, key.seq));
  return { text: message.content, attempts: generation?.attempts ?? [] };
}

function placeIn({ text, attempts }: Text, seq: number, received: number): Cursor {
  if (received > text.length || splitsCharacter(text, received)) {
    throw new AppError('bad_request', 'received: the answer has no such place');
  }
  const position = Buffer.byteLength(text.slice(0, received));
  return position === 0 ? afterAccepted(seq) : { seq, attempt: writerOf(position, attempts), position };
}

function splitsCharacter(text: string, at: number): boolean {
  return at > 0 && at < text.length && /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1));
}
