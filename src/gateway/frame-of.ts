import type { FollowEvent } from '../generation/follow.js';
import { formatCursor } from '../protocol/cursor.js';
import { isRetryable } from '../protocol/error-codes.js';
import { type DoneFrame, type ErrorFrame, type Frame, refusalFrame } from '../protocol/frames.js';
import type { Message } from '../protocol/message.js';

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
    case 'transcript': {
      const { messageId, attachmentId, text } = event;
      return { type: 'transcript', conversationId, messageId, attachmentId, text };
    }
    case 'alert':
      return { type: 'alert', conversationId, messageId: event.messageId, alert: event.alert };
    case 'sources':
      return { type: 'sources', conversationId, messageId: event.messageId, sources: event.sources };
    case 'gone':
      return refusalFrame(conversationId, 'not_found', 'the conversation was deleted');
  }
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
