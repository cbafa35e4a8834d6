import type {
  AcceptedFrame,
  ChunkFrame,
  DoneFrame,
  ErrorFrame,
  Frame,
  ResetFrame,
  ThinkingFrame,
  WaitingFrame,
} from '../protocol/frames.js';
import type { AnswerProgress } from './api.js';
import { type Cursor, isAfter, parseCursor, textPosition } from './cursor.js';
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

/** What the server has told of a conversation, up to a place. */
export interface Told {
  readonly place: Cursor;
  /** Whether the place is the end of its exchange; the next is another one's `accepted`. */
  readonly ended: boolean;
  /** In order. The answer at the place has exactly the text that stands before it. */
  readonly entries: Entries;
  /** Where the page before the first entry begins; null when there is none. */
  readonly earlier: string | null;
}

/**
 * What a frame comes to.
 * - `moved`: `frame` is what of it was new
 * - `seen`: it was dealt with already, or concerns nothing that is shown
 * - `gap`: something is missing before it; a connection from the place brings it
 * - `lost`: what it is about is not known here; only the page of messages helps
 */
export type Step =
  | { readonly kind: 'moved'; readonly told: Told; readonly frame: Frame }
  | { readonly kind: 'seen' }
  | { readonly kind: 'gap' }
  | { readonly kind: 'lost' };

const SEEN: Step = { kind: 'seen' };
const GAP: Step = { kind: 'gap' };
const LOST: Step = { kind: 'lost' };

/** Deals with the next frame (docs/protocol.md, "A client that loses nothing"). Nothing that does not fit is taken in. */
export function take(told: Told, frame: Frame): Step {
  switch (frame.type) {
    case 'accepted':
      return takeAccepted(told, frame);
    case 'chunk':
      return takeChunk(told, frame);
    case 'reset':
      return takeReset(told, frame);
    case 'done':
    case 'error':
      return takeEnd(told, frame);
    case 'stopping':
      return takeStopping(told, frame);
    case 'waiting':
      return takeProgress(told, frame, { kind: 'waiting', ahead: frame.ahead });
    case 'thinking':
      return takeProgress(told, frame, { kind: 'thinking' });
    case 'ready':
    case 'receipt':
    case 'pong':
      return SEEN;
    default:
      // A newer server knows frames that this library does not (docs/protocol.md, "Frames").
      return unknown(frame);
  }
}

function takeAccepted(told: Told, frame: AcceptedFrame): Step {
  const cursor = parseCursor(frame.cursor);
  const { place } = told;
  if (!cursor || !isAfter(cursor, place)) return SEEN;
  const isNext = told.ended ? cursor.seq === place.seq + 1 : cursor.seq === place.seq && isBefore(place);
  if (!isNext) return GAP;
  const answer = { id: frame.messageId, clientMessageId: frame.client_message_id };
  const entries = withExchange(told.entries, cursor.seq, frame.userMessage, answer);
  const entry = answerOf(entries, cursor.seq);
  if (entry?.message.id !== frame.messageId) return LOST;
  const isFresh = entry.message.status === 'queued' && entry.message.content === '';
  return moved(told, frame, {
    place: cursor,
    ended: false,
    entries: isFresh ? entries : withMessage(entries, emptied(entry.message)),
  });
}

/** Whether nothing of the place's exchange was told yet. */
function isBefore({ attempt, position }: Cursor): boolean {
  return attempt === 0 && position === 0;
}

function takeChunk(told: Told, frame: ChunkFrame): Step {
  const cursor = parseCursor(frame.cursor);
  const { place } = told;
  if (!cursor || !isAfter(cursor, place)) return SEEN;
  if (told.ended || cursor.seq !== place.seq || isBefore(place)) return GAP;
  const missing = cursor.position - byteLength(frame.data) - textPosition(place);
  const data = missing === 0 ? frame.data : overlapping(frame.data, -missing, cursor, place);
  if (data === undefined) return GAP;
  const answer = answerOf(told.entries, cursor.seq)?.message;
  if (answer?.id !== frame.messageId) return LOST;
  const message = {
    ...withoutProgress(answer),
    content: answer.content + data,
    status: 'streaming' as const,
  };
  return moved(told, data === frame.data ? frame : { ...frame, data }, {
    place: cursor,
    entries: withMessage(told.entries, message),
  });
}

/** What of a chunk stands after the place: of the same attempt, which wrote the bytes before it as well. */
function overlapping(data: string, bytes: number, cursor: Cursor, place: Cursor): string | undefined {
  return bytes > 0 && cursor.attempt === place.attempt ? withoutBytes(data, bytes) : undefined;
}

/** Obeyed wherever we stand. One of an exchange still to come skips what was between; the page has that. */
function takeReset(told: Told, frame: ResetFrame): Step {
  const cursor = parseCursor(frame.cursor);
  if (!cursor) return SEEN;
  if (cursor.seq > told.place.seq) return LOST;
  const answer = answerOf(told.entries, cursor.seq)?.message;
  if (answer?.id !== frame.messageId) return LOST;
  const entries = withMessage(told.entries, { ...emptied(answer), status: 'streaming' });
  return moved(told, frame, { place: cursor, ended: false, entries });
}

function takeEnd(told: Told, frame: DoneFrame | ErrorFrame): Step {
  const cursor = frame.cursor === undefined ? undefined : parseCursor(frame.cursor);
  const { messageId, message } = frame;
  if (!cursor || messageId === undefined || !message) return SEEN;
  const { place } = told;
  if (cursor.seq < place.seq || (cursor.seq === place.seq && (told.ended || isAfter(place, cursor))))
    return SEEN;
  if (told.ended || cursor.seq !== place.seq || isBefore(place)) return GAP;
  if (cursor.position !== textPosition(place) + 1) return GAP;
  if (answerOf(told.entries, cursor.seq)?.message.id !== messageId) return LOST;
  const entries = withMessage(told.entries, { ...message, stopping: false });
  return moved(told, frame, { place: cursor, ended: true, entries });
}

function takeStopping(told: Told, frame: Frame & { readonly messageId: string }): Step {
  const entries = withStopping(told.entries, frame.messageId);
  return entries === told.entries ? SEEN : moved(told, frame, { entries });
}

/** Only of an answer that is shown and has no text yet: a sign that came late must not follow the text. */
function takeProgress(told: Told, frame: WaitingFrame | ThinkingFrame, progress: AnswerProgress): Step {
  const message = told.entries.findLast((entry) => entry.message.id === frame.messageId)?.message;
  if (message?.role !== 'assistant' || message.content !== '' || isEnded(message)) return SEEN;
  if (isSame(message.progress, progress)) return SEEN;
  return moved(told, frame, { entries: withMessage(told.entries, { ...message, progress }) });
}

function isSame(one: AnswerProgress | undefined, other: AnswerProgress): boolean {
  if (one?.kind === 'waiting' && other.kind === 'waiting') return one.ahead === other.ahead;
  return one?.kind === other.kind;
}

function unknown(_frame: never): Step {
  return SEEN;
}

/** Notes that a stop was asked for, unless the answer has ended or it was known. */
export function withStopping(entries: Entries, messageId: string): Entries {
  const message = entries.findLast((entry) => entry.message.id === messageId)?.message;
  if (!message || message.completedAt !== undefined || message.stopping) return entries;
  return withMessage(entries, { ...message, stopping: true });
}

function moved(told: Told, frame: Frame, change: Partial<Told>): Step {
  return { kind: 'moved', frame, told: { ...told, ...change } };
}
