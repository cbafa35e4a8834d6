import { type Cursor, compareCursors, parseCursor, textPosition } from '../protocol/cursor.js';
import type {
  AcceptedFrame,
  AlertFrame,
  ChunkFrame,
  DoneFrame,
  ErrorFrame,
  Frame,
  ResetFrame,
  SourcesFrame,
  ThinkingFrame,
  TranscriptFrame,
  WaitingFrame,
} from '../protocol/frames.js';
import type { AnswerProgress } from './api.js';
import {
  answerOf,
  type Entries,
  emptied,
  isEnded,
  withExchange,
  withMessage,
  withoutProgress,
} from './entries.js';
import { byteLength, withoutBytes } from './utf8.js';

/** What the server has said of a conversation, up to a cursor. Immutable. */
export interface ConversationState {
  readonly cursor: Cursor;
  /** Whether the cursor is the end of its answer: the next frame is the `accepted` of the next one. */
  readonly isEnded: boolean;
  /** In order. The answer at the cursor has exactly the text before the cursor. */
  readonly entries: Entries;
  /** The cursor of the page before the first entry; null when there is none. */
  readonly earlierPage: string | null;
}

/**
 * What a frame changes.
 * - `changed`: `frame` is the new part of it
 * - `ignored`: nothing; it is known already, or is about nothing that is shown
 * - `gap`: frames are missing before it; a connection from the state's cursor brings them
 * - `lost`: it is about an answer that is not known here; the page of messages has to be loaded again
 */
export type FrameResult =
  | { readonly kind: 'changed'; readonly state: ConversationState; readonly frame: Frame }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'gap' }
  | { readonly kind: 'lost' };

const IGNORED: FrameResult = { kind: 'ignored' };
const GAP: FrameResult = { kind: 'gap' };
const LOST: FrameResult = { kind: 'lost' };

/** Applies the next frame (docs/protocol.md, "A client that loses nothing"). A frame that does not fit exactly changes nothing. */
export function applyFrame(state: ConversationState, frame: Frame): FrameResult {
  switch (frame.type) {
    case 'accepted':
      return applyAccepted(state, frame);
    case 'chunk':
      return applyChunk(state, frame);
    case 'reset':
      return applyReset(state, frame);
    case 'done':
    case 'error':
      return applyEnd(state, frame);
    case 'stopping':
      return applyStopping(state, frame);
    case 'waiting':
      return applyProgress(state, frame, { kind: 'waiting', ahead: frame.ahead });
    case 'thinking':
      return applyProgress(state, frame, { kind: 'thinking' });
    case 'transcript':
      return applyTranscript(state, frame);
    case 'alert':
      return applyAlert(state, frame);
    case 'sources':
      return applySources(state, frame);
    case 'ready':
    case 'receipt':
    case 'pong':
      return IGNORED;
    default:
      // A newer server has frames that this library does not know (docs/protocol.md, "Frames").
      return ignoreUnknown(frame);
  }
}

/** Puts what was heard into the attachment; nothing is missing when the message is not there. */
function applyTranscript(state: ConversationState, frame: TranscriptFrame): FrameResult {
  const message = state.entries.find(({ message }) => message.id === frame.messageId)?.message;
  if (!message) return IGNORED;
  const attachments = message.attachments.map((attachment) =>
    attachment.id === frame.attachmentId ? { ...attachment, transcript: frame.text } : attachment,
  );
  return changed(state, frame, { entries: withMessage(state.entries, { ...message, attachments }) });
}

function applyAccepted(state: ConversationState, frame: AcceptedFrame): FrameResult {
  const cursor = parseCursor(frame.cursor);
  const { cursor: last } = state;
  if (!cursor || !isAfter(cursor, last)) return IGNORED;
  const isNext = state.isEnded
    ? cursor.seq === last.seq + 1
    : cursor.seq === last.seq && isBeforeAccepted(last);
  if (!isNext) return GAP;
  const answer = { id: frame.messageId, clientMessageId: frame.client_message_id };
  const entries = withExchange(state.entries, cursor.seq, frame.userMessage, answer);
  const entry = answerOf(entries, cursor.seq);
  if (entry?.message.id !== frame.messageId) return LOST;
  const isNew = entry.message.status === 'queued' && entry.message.content === '';
  return changed(state, frame, {
    cursor,
    isEnded: false,
    entries: isNew ? entries : withMessage(entries, emptied(entry.message)),
  });
}

/** Whether the cursor stands before the `accepted` of its answer. */
function isBeforeAccepted({ attempt, position }: Cursor): boolean {
  return attempt === 0 && position === 0;
}

function applyChunk(state: ConversationState, frame: ChunkFrame): FrameResult {
  const cursor = parseCursor(frame.cursor);
  const { cursor: last } = state;
  if (!cursor || !isAfter(cursor, last)) return IGNORED;
  if (state.isEnded || cursor.seq !== last.seq || isBeforeAccepted(last)) return GAP;
  const missing = cursor.position - byteLength(frame.data) - textPosition(last);
  const data = missing === 0 ? frame.data : newPart(frame.data, -missing, cursor, last);
  if (data === undefined) return GAP;
  const answer = answerOf(state.entries, cursor.seq)?.message;
  if (answer?.id !== frame.messageId) return LOST;
  const message = {
    ...withoutProgress(answer),
    content: answer.content + data,
    status: 'streaming' as const,
  };
  return changed(state, data === frame.data ? frame : { ...frame, data }, {
    cursor,
    entries: withMessage(state.entries, message),
  });
}

/**
 * What a chunk has beyond the text that is known, when its first `bytes` bytes are known. Only within one attempt: the
 * bytes before it are the same then. Example: the text is `Drink`, 5 bytes, and a chunk `nk water` ends at byte 11 of the
 * same attempt; its new part is ` water`.
 */
function newPart(data: string, bytes: number, cursor: Cursor, last: Cursor): string | undefined {
  return bytes > 0 && cursor.attempt === last.attempt ? withoutBytes(data, bytes) : undefined;
}

/** Is obeyed wherever the state's cursor stands. One for a later answer skips frames that only the page has. */
function applyReset(state: ConversationState, frame: ResetFrame): FrameResult {
  const cursor = parseCursor(frame.cursor);
  if (!cursor) return IGNORED;
  if (cursor.seq > state.cursor.seq) return LOST;
  const answer = answerOf(state.entries, cursor.seq)?.message;
  if (answer?.id !== frame.messageId) return LOST;
  const entries = withMessage(state.entries, { ...emptied(answer), status: 'streaming' });
  return changed(state, frame, { cursor, isEnded: false, entries });
}

function applyEnd(state: ConversationState, frame: DoneFrame | ErrorFrame): FrameResult {
  const cursor = frame.cursor === undefined ? undefined : parseCursor(frame.cursor);
  const { messageId, message } = frame;
  if (!cursor || messageId === undefined || !message) return IGNORED;
  const { cursor: last } = state;
  if (cursor.seq < last.seq || (cursor.seq === last.seq && (state.isEnded || isAfter(last, cursor)))) {
    return IGNORED;
  }
  if (state.isEnded || cursor.seq !== last.seq || isBeforeAccepted(last)) return GAP;
  if (cursor.position !== textPosition(last) + 1) return GAP;
  if (answerOf(state.entries, cursor.seq)?.message.id !== messageId) return LOST;
  const entries = withMessage(state.entries, { ...message, stopping: false });
  return changed(state, frame, { cursor, isEnded: true, entries });
}

function applyStopping(state: ConversationState, frame: Frame & { readonly messageId: string }): FrameResult {
  const entries = withStopping(state.entries, frame.messageId);
  return entries === state.entries ? IGNORED : changed(state, frame, { entries });
}

/** Only for an answer that is shown and has no text yet: a sign that comes late must not follow the text. */
function applyProgress(
  state: ConversationState,
  frame: WaitingFrame | ThinkingFrame,
  progress: AnswerProgress,
): FrameResult {
  const message = state.entries.findLast((entry) => entry.message.id === frame.messageId)?.message;
  if (message?.role !== 'assistant' || message.content !== '' || isEnded(message)) return IGNORED;
  if (isSame(message.progress, progress)) return IGNORED;
  return changed(state, frame, { entries: withMessage(state.entries, { ...message, progress }) });
}

function applyAlert(state: ConversationState, frame: AlertFrame): FrameResult {
  const { messageId, alert } = frame;
  const message = state.entries.findLast((entry) => entry.message.id === messageId)?.message;
  if (message?.role !== 'assistant' || message.alert?.rule === alert.rule) return IGNORED;
  return changed(state, frame, { entries: withMessage(state.entries, { ...message, alert }) });
}

/** They stay as they are once an answer has them. */
function applySources(state: ConversationState, frame: SourcesFrame): FrameResult {
  const { messageId, sources } = frame;
  const message = state.entries.findLast((entry) => entry.message.id === messageId)?.message;
  if (message?.role !== 'assistant' || message.sources) return IGNORED;
  return changed(state, frame, { entries: withMessage(state.entries, { ...message, sources }) });
}

function isSame(one: AnswerProgress | undefined, other: AnswerProgress): boolean {
  if (one?.kind === 'waiting' && other.kind === 'waiting') return one.ahead === other.ahead;
  return one?.kind === other.kind;
}

function ignoreUnknown(_frame: never): FrameResult {
  return IGNORED;
}

/** Marks an answer as being stopped. The same entries if it has ended, is marked already or is not there. */
export function withStopping(entries: Entries, messageId: string): Entries {
  const message = entries.findLast((entry) => entry.message.id === messageId)?.message;
  if (!message || message.completedAt !== undefined || message.stopping) return entries;
  return withMessage(entries, { ...message, stopping: true });
}

/** Whether `one` stands after `other`. */
export function isAfter(one: Cursor, other: Cursor): boolean {
  return compareCursors(one, other) > 0;
}

function changed(state: ConversationState, frame: Frame, change: Partial<ConversationState>): FrameResult {
  return { kind: 'changed', frame, state: { ...state, ...change } };
}
