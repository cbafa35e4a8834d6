import type { Alert } from './alert.js';
import { type ErrorCode, isRetryable } from './error-codes.js';
import type { Message } from './message.js';
import type { Source } from './source.js';

/** An object that the server sends, the same on every transport (docs/protocol.md, "Frames"). */
export type Frame =
  | AcceptedFrame
  | ReceiptFrame
  | ChunkFrame
  | ResetFrame
  | DoneFrame
  | ErrorFrame
  | ReadyFrame
  | StoppingFrame
  | ThinkingFrame
  | WaitingFrame
  | TranscriptFrame
  | AlertFrame
  | SourcesFrame
  | PongFrame;

interface Addressed {
  readonly conversationId: string;
}

interface Moving extends Addressed {
  /** The position after this frame. */
  readonly cursor: string;
}

export interface AcceptedFrame extends Moving {
  readonly type: 'accepted';
  readonly userMessage: Message;
  readonly messageId: string;
  readonly client_message_id: string;
}

export interface ReceiptFrame extends Addressed {
  readonly type: 'receipt';
  readonly userMessage: Message;
  readonly messageId: string;
  readonly client_message_id: string;
  readonly duplicate: boolean;
}

export interface ChunkFrame extends Moving {
  readonly type: 'chunk';
  readonly messageId: string;
  readonly data: string;
}

export interface ResetFrame extends Moving {
  readonly type: 'reset';
  readonly messageId: string;
  readonly reason: string;
}

export interface DoneFrame extends Moving {
  readonly type: 'done';
  readonly messageId: string;
  readonly message: Message;
}

/** With `messageId`: a generation ended `incomplete` or `failed`. Without it: a request was refused. */
export interface ErrorFrame extends Addressed {
  readonly type: 'error';
  readonly error: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly messageId?: string;
  readonly message?: Message;
  readonly cursor?: string;
}

export interface ReadyFrame extends Moving {
  readonly type: 'ready';
}

export interface StoppingFrame extends Addressed {
  readonly type: 'stopping';
  readonly messageId: string;
}

/** The answer is queued, and `ahead` answers run or wait before it. A sign only: it has no cursor and may be missed. */
export interface WaitingFrame extends Addressed {
  readonly type: 'waiting';
  readonly messageId: string;
  readonly ahead: number;
}

/** The model is at work and has written nothing yet. A sign only, like `waiting`. */
export interface ThinkingFrame extends Addressed {
  readonly type: 'thinking';
  readonly messageId: string;
}

/** What a voice message in the user's message `messageId` says. It has no cursor: the message has it too. */
export interface TranscriptFrame extends Addressed {
  readonly type: 'transcript';
  readonly messageId: string;
  readonly attachmentId: string;
  readonly text: string;
}

/**
 * Danger was found in what the user wrote. Comes before the answer's first chunk, and once to whoever joins or resumes. It
 * stands in the message, too.
 */
export interface AlertFrame extends Addressed {
  readonly type: 'alert';
  readonly messageId: string;
  readonly alert: Alert;
}

/** What an answer rests on. Comes and stands in the message as an alert does; empty when the documents have nothing on it. */
export interface SourcesFrame extends Addressed {
  readonly type: 'sources';
  readonly messageId: string;
  readonly sources: readonly Source[];
}

export interface PongFrame extends Addressed {
  readonly type: 'pong';
}

/** An `error` frame for a refused request or an ended stream; it belongs to no generation. */
export function refusalFrame(conversationId: string, code: ErrorCode, error: string): ErrorFrame {
  return { type: 'error', conversationId, error, code, retryable: isRetryable(code) };
}

/** The last frame of a stream of many conversations whose token has ended: it is of none of them. */
export type StreamRefusal = Omit<ErrorFrame, 'conversationId'>;

export function streamRefusal(code: ErrorCode, error: string): StreamRefusal {
  return { type: 'error', error, code, retryable: isRetryable(code) };
}
