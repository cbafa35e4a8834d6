import type { Message } from '../conversation/message.js';
import type { ErrorCode } from '../errors.js';
import { isRetryable } from '../errors.js';
import { formatCursor } from '../generation/cursor.js';
import type { FollowEvent } from '../generation/follow.js';

/** What a server sends, on every transport (docs/protocol.md, "Frames"). */
export type Frame =
  | AcceptedFrame
  | ReceiptFrame
  | ChunkFrame
  | ResetFrame
  | DoneFrame
  | ErrorFrame
  | ReadyFrame
  | StoppingFrame
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

/** With `messageId` the end of a generation; without it a request that was refused. */
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

export interface PongFrame extends Addressed {
  readonly type: 'pong';
}

/** The frame that tells an event. */
export function frameOf(conversationId: string, event: FollowEvent): Frame {
  switch (event.kind) {
    case 'accepted':
      return {
        type: 'accepted',
        conversationId,
        cursor: formatCursor(event.cursor),
        userMessage: event.view.userMessage,
        messageId: event.view.ref.messageId,
        client_message_id: event.view.clientMessageId,
      };
    case 'text':
      return {
        type: 'chunk',
        conversationId,
        cursor: formatCursor(event.cursor),
        messageId: event.messageId,
        data: event.text,
      };
    case 'reset':
      return {
        type: 'reset',
        conversationId,
        cursor: formatCursor(event.cursor),
        messageId: event.messageId,
        reason: event.reason,
      };
    case 'ended':
      return endFrame(conversationId, formatCursor(event.cursor), event.message);
    case 'ready':
      return { type: 'ready', conversationId, cursor: formatCursor(event.cursor) };
    case 'stopping':
      return { type: 'stopping', conversationId, messageId: event.messageId };
    case 'gone':
      return refusalFrame(conversationId, 'not_found', 'the conversation was deleted');
  }
}

/** A request refused, or a stream ended, for a reason that is no generation's. */
export function refusalFrame(conversationId: string, code: ErrorCode, error: string): ErrorFrame {
  return { type: 'error', conversationId, error, code, retryable: isRetryable(code) };
}

function endFrame(conversationId: string, cursor: string, message: Message): DoneFrame | ErrorFrame {
  const messageId = message.id;
  if (message.status === 'complete' || message.status === 'stopped') {
    return { type: 'done', conversationId, cursor, messageId, message };
  }
  const { code, message: error } = message.error ?? { code: 'internal', message: 'the answer failed' };
  return {
    type: 'error',
    conversationId,
    cursor,
    error,
    code,
    retryable: isRetryable(code),
    messageId,
    message,
  };
}
