import type { StoredMessage } from '../../conversation/conversation-store.js';
import type { AttemptStart } from '../../generation/attempts.js';
import type { Alert } from '../../protocol/alert.js';
import type { Attachment } from '../../protocol/attachment.js';
import type { ErrorCode } from '../../protocol/error-codes.js';
import type { Feedback } from '../../protocol/feedback.js';
import type { Message, MessageStatus } from '../../protocol/message.js';
import type { Source } from '../../protocol/source.js';
import { ATTACHMENTS_COLUMN } from './message-attachments.js';
import type { StoredFeedback } from './open-rows.js';

/** What is selected of a message `m` with the generation `g` of the same `seq`, but for its content. */
export const MESSAGE_COLUMNS = `
  ${ATTACHMENTS_COLUMN},
  (select json_build_object('rating', f.rating, 'reason', f.reason, 'comment', f.comment)
     from message_feedback f where f.id = m.id) as feedback,
  (select d.alert from message_alerts d where d.message_id = m.reply_to) as alert,
  (select s.sources from message_sources s where s.id = m.id) as sources,
  m.id, m.conversation_id, m.seq, m.role, m.reply_to, m.created_at, g.client_message_id, g.status,
  coalesce(g.model, g.requested_model) as model, g.prompt_tokens, g.completion_tokens, g.omitted_messages, g.error_code, g.error_message, g.ended_at`;

/** Attempts of generation `g`, as JSON. */
export const ATTEMPTS_COLUMN = `
  (select coalesce(json_agg(json_build_object('attempt', a.attempt, 'start', a.start) order by a.attempt), '[]')
     from generation_attempts a where a.generation_id = g.id) as attempts`;

export const MESSAGES_WITH_GENERATIONS = `
  messages m join generations g on g.conversation_id = m.conversation_id and g.seq = m.seq`;

export interface MessageRow {
  readonly id: string;
  readonly conversation_id: string;
  readonly seq: number;
  readonly role: Message['role'];
  readonly content: string;
  readonly attachments: readonly Attachment[] | null;
  /** Of an answer: the danger in the message that it answers. */
  readonly alert: Alert | null;
  /** Of an answer: what it rests on, as JSON. */
  readonly sources: string | null;
  readonly feedback: StoredFeedback | null;
  readonly reply_to: string | null;
  readonly created_at: Date;
  readonly client_message_id: string;
  readonly status: MessageStatus;
  readonly model: string | null;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly omitted_messages: number | null;
  readonly error_code: ErrorCode | null;
  readonly error_message: string | null;
  readonly ended_at: Date | null;
}

export type MessageRowWithAttempts = MessageRow & { readonly attempts: readonly AttemptStart[] };

/** @param model the deployment's, which is named as the author of an answer that no model has begun */
export function toMessage(row: MessageRow, model: string): Message {
  const common = {
    id: row.id,
    conversationId: row.conversation_id,
    role: row.role,
    content: row.content,
    client_message_id: row.client_message_id,
    attachments: row.attachments ?? [],
    createdAt: row.created_at.toISOString(),
  };
  if (row.role === 'user') return { ...common, status: 'complete' };
  return {
    ...common,
    status: row.status,
    ...(row.reply_to !== null && { replyTo: row.reply_to }),
    ...(row.model !== null && { model: row.model }),
    ...(row.alert && { alert: row.alert }),
    ...(row.sources !== null && { sources: JSON.parse(row.sources) as Source[] }),
    ...(row.feedback && { feedback: feedbackOf(row.feedback) }),
    generatedBy: { ai: true, model: row.model ?? model },
    ...(row.prompt_tokens !== null &&
      row.completion_tokens !== null && {
        usage: {
          promptTokens: row.prompt_tokens,
          completionTokens: row.completion_tokens,
          ...(row.omitted_messages !== null && { omittedMessages: row.omitted_messages }),
        },
      }),
    ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message ?? '' } }),
    ...(row.ended_at !== null && { completedAt: row.ended_at.toISOString() }),
  };
}

function feedbackOf({ rating, reason, comment }: StoredFeedback): Feedback {
  return { rating, ...(reason !== null && { reason }), ...(comment !== null && { comment }) };
}

/** @param model as for `toMessage` */
export function toStoredMessage(row: MessageRowWithAttempts, model: string): StoredMessage {
  return {
    message: toMessage(row, model),
    key: { seq: row.seq, role: row.role },
    ...(row.role === 'assistant' &&
      row.ended_at === null && {
        running: {
          ref: { conversationId: row.conversation_id, messageId: row.id, seq: row.seq },
          attempts: row.attempts,
        },
      }),
  };
}
