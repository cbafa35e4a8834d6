import { type AttemptStart, forkedBy, lastAttempt, writerOf } from '../generation/attempts.js';
import type { Start } from '../generation/follow.js';
import type { GenerationLog } from '../generation/generation-log.js';
import { startsInsideCharacter } from '../generation/utf8.js';
import { AppError } from '../kernel/errors.js';
import { afterAccepted, beforeAccepted, type Cursor, parseCursor, textPosition } from '../protocol/cursor.js';
import type {
  ConversationState,
  ConversationStore,
  RunningGeneration,
  StoredMessage,
} from './conversation-store.js';
import { found } from './conversations.js';
import { idFrom } from './ids.js';

export interface StartPorts {
  readonly store: ConversationStore;
  readonly log: GenerationLog;
}

/** Where a client says that it stands. Without any field it starts at the running answer, else at what comes next. */
export interface StartRequest {
  /** The last cursor that it has seen. Takes precedence over the other fields. */
  readonly cursor?: string | undefined;
  /** The last message that it has, if it keeps no cursors. */
  readonly lastMessageId?: string | undefined;
  /** How much of that message's text it has, in UTF-16 units. Without it the text is sent again from its start. */
  readonly received?: number | undefined;
}

export interface ResolvedStart extends Start {
  /** Nothing runs or waits, and nothing follows the start. */
  readonly idle: boolean;
}

/**
 * Where a stream of the user's conversation starts.
 * @throws AppError `not_found`; `bad_request` for a place that this conversation cannot have given.
 */
export async function resolveStart(
  ports: StartPorts,
  userId: string,
  conversationId: string,
  { cursor, lastMessageId, received }: StartRequest,
): Promise<ResolvedStart> {
  if (cursor !== undefined) return atCursor(ports, userId, conversationId, cursor);
  if (lastMessageId !== undefined) {
    return afterMessage(ports, userId, conversationId, idFrom(lastMessageId), received);
  }
  if (received !== undefined) throw new AppError('bad_request', 'received: needs lastMessageId');
  return atRunningAnswer(await stateOf(ports, userId, conversationId));
}

/** The cursor after everything that has ended: `1.0.0` in a conversation without generations. */
export function endOf({ last, generation }: ConversationState): Cursor {
  if (generation?.bytes === undefined) return beforeAccepted(last + 1);
  return { seq: last, attempt: lastAttempt(generation.attempts), position: generation.bytes + 1 };
}

function atRunningAnswer(state: ConversationState): ResolvedStart {
  const { open, last } = state;
  if (!open) return { cursor: endOf(state), seq: last + 1, idle: true };
  const { seq } = open.ref;
  return { cursor: beforeAccepted(seq), seq, resetFirst: true, idle: false };
}

async function atCursor(
  ports: StartPorts,
  userId: string,
  conversationId: string,
  text: string,
): Promise<ResolvedStart> {
  const cursor = parseCursor(text);
  // Looked up even for a malformed cursor: another user's conversation must be `not_found` whatever the cursor.
  const state = await stateOf(ports, userId, conversationId, cursor);
  if (!cursor || !(await isPossible(ports.log, state, cursor))) {
    throw new AppError('bad_request', 'this conversation has given no such cursor');
  }
  const seq = isAtEnd(state, cursor) ? cursor.seq + 1 : cursor.seq;
  return { cursor, seq, idle: !state.open && seq > state.last, resumed: true };
}

async function afterMessage(
  ports: StartPorts,
  userId: string,
  conversationId: string,
  messageId: string,
  received: number | undefined,
): Promise<ResolvedStart> {
  const last = found(await ports.store.message(userId, conversationId, messageId));
  const { seq, role } = last.key;
  // A client that has the user message needs `accepted`, which names the answer. It may show text of the answer already.
  if (role === 'user') {
    return { cursor: beforeAccepted(seq), seq, resetFirst: true, idle: false, resumed: true };
  }
  const text = received === undefined ? undefined : await textOf(ports, userId, last);
  // Without `received`, or while the log is down, nobody knows how much of the text the client has: it comes again.
  if (received === undefined || !text) {
    return { cursor: afterAccepted(seq), seq, resetFirst: true, idle: false, resumed: true };
  }
  return { cursor: cursorIn(text, seq, received), seq, idle: false, resumed: true };
}

async function stateOf(
  { store }: StartPorts,
  userId: string,
  conversationId: string,
  cursor?: Cursor,
): Promise<ConversationState> {
  return found(await store.state(userId, conversationId, cursor?.seq, cursor && textPosition(cursor)));
}

function isAtEnd({ generation }: ConversationState, { attempt, position }: Cursor): boolean {
  return (
    generation?.bytes !== undefined &&
    position === generation.bytes + 1 &&
    attempt === lastAttempt(generation.attempts)
  );
}

/** Whether the conversation can have given this cursor. */
async function isPossible(log: GenerationLog, state: ConversationState, cursor: Cursor): Promise<boolean> {
  const { generation, last } = state;
  if (!generation) return last === 0 && cursor.seq === 1 && cursor.attempt === 0 && cursor.position === 0;
  if (cursor.attempt === 0) return cursor.position <= 1;
  if (cursor.attempt > lastAttempt(generation.attempts)) return false;
  // Text that was dropped had other lengths and characters. The reader gets a `reset`.
  if (forkedBy(cursor, generation.attempts) !== undefined) return true;
  if (generation.bytes === undefined) return !(await isInsideCharacter(log, generation, cursor.position));
  const inside = generation.byte !== undefined && startsInsideCharacter(Buffer.of(generation.byte));
  return cursor.position <= generation.bytes + 1 && !inside;
}

/** For a running answer. The log may hold the text of an older or newer attempt than the rows know. */
async function isInsideCharacter(
  log: GenerationLog,
  { ref, attempts }: RunningGeneration,
  position: number,
): Promise<boolean> {
  if (await log.startsCharacter(ref, position)) return false;
  const snapshot = await log.peek(ref).catch(() => undefined);
  if (!snapshot || lastAttempt(snapshot.attempts) !== lastAttempt(attempts)) return false;
  return startsInsideCharacter(Buffer.from(snapshot.text), position);
}

interface AnswerText {
  readonly text: string;
  readonly attempts: readonly AttemptStart[];
}

/** Undefined while the log of a running answer is down. */
async function textOf(
  { store, log }: StartPorts,
  userId: string,
  { message, key, running }: StoredMessage,
): Promise<AnswerText | undefined> {
  if (running) {
    if (running.attempts.length === 0) return { text: '', attempts: [] };
    return log.peek(running.ref).catch(() => undefined);
  }
  const { generation } = found(await store.state(userId, message.conversationId, key.seq));
  return { text: message.content, attempts: generation?.attempts ?? [] };
}

/** The cursor after the first `received` UTF-16 units of the text. */
function cursorIn({ text, attempts }: AnswerText, seq: number, received: number): Cursor {
  if (received > text.length || splitsCharacter(text, received)) {
    throw new AppError('bad_request', 'received: the answer has no such place');
  }
  const position = Buffer.byteLength(text.slice(0, received));
  return position === 0 ? afterAccepted(seq) : { seq, attempt: writerOf(position, attempts), position };
}

function splitsCharacter(text: string, at: number): boolean {
  return at > 0 && at < text.length && /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1));
}
