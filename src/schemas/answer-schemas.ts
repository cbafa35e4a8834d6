import { z } from 'zod';
import type { OwnSession } from '../account/accounts.js';
import type {
  ExportedAttachment,
  ExportedAuditEvent,
  ExportedConversation,
  ExportedRequest,
  ExportedSession,
  ExportedUser,
} from '../account/export.js';
import type { SignedIn, User } from '../account/user.js';
import type { Alert, AlertResource } from '../protocol/alert.js';
import { AUDIO_TYPES, IMAGE_TYPES } from '../protocol/attachment.js';
import type { Capabilities } from '../protocol/capabilities.js';
import type { Conversation } from '../protocol/conversation.js';
import { ERROR_STATUS, type ErrorCode } from '../protocol/error-codes.js';
import { FEEDBACK_REASONS, type Feedback } from '../protocol/feedback.js';
import type { Message } from '../protocol/message.js';
import type { Problem } from '../protocol/problem.js';
import type { SearchPage } from '../protocol/search.js';
import type { Source } from '../protocol/source.js';

/** What the server answers with, for `GET /openapi.json`. `satisfies` keeps each in step with the type that is really sent. */

export const id = z.uuid();
export const time = z.iso.datetime({ precision: 3 });
export const cursor = z.string().meta({ description: 'seq.attempt.position', examples: ['3.1.971'] });

export const errorCode = z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]);

export const user = z.object({
  id,
  email: z.string().nullable(),
  name: z.string().nullable(),
  createdAt: time,
}) satisfies z.ZodType<User>;

export const signedIn = z.object({
  user,
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.int().meta({ description: 'seconds until the access token expires' }),
}) satisfies z.ZodType<SignedIn>;

export const ticket = z.object({ ticket: z.string(), expiresIn: z.int() });

export const conversation = z.object({
  id,
  title: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
  pinned: z.literal(true).exactOptional().describe('at the top of the list'),
  archived: z.literal(true).exactOptional().describe('not in the list, but in that of archived ones'),
}) satisfies z.ZodType<Conversation>;

const session = z.object({
  id,
  createdAt: time,
  lastUsedAt: time.describe('when it was last refreshed, or began'),
  expiresAt: time.describe('when it ends unless it is refreshed'),
  userAgent: z.string().nullable(),
  current: z.boolean().describe('whether it is the one that asks'),
}) satisfies z.ZodType<OwnSession>;

export const deletion = z.object({ status: z.literal('deleted') });

const nextCursor = z.string().nullable().meta({ description: '?cursor= of the next page; null on the last' });

export const sessions = z.object({ items: z.array(session), nextCursor });

export const conversations = z.object({ items: z.array(conversation), nextCursor });

export const searchPage = z.object({
  items: z.array(
    z.object({
      conversation,
      messageId: id.nullable().describe('null: the title of the conversation'),
      role: z.enum(['user', 'assistant']).nullable(),
      createdAt: time.describe('of the message, or of the conversation'),
      excerpt: z.object({
        text: z.string(),
        marks: z
          .array(z.object({ start: z.int(), end: z.int() }))
          .describe('what was found, in UTF-16 units of `text`'),
      }),
    }),
  ),
  nextCursor: z.string().nullable().meta({
    description: '?cursor= of the next page; null when everything has been searched',
  }),
}) satisfies z.ZodType<SearchPage>;

export const attachment = z.object({
  id,
  kind: z.enum(['image', 'audio']),
  mediaType: z.enum([...IMAGE_TYPES, ...AUDIO_TYPES]),
  bytes: z.int(),
  width: z.int().exactOptional(),
  height: z.int().exactOptional(),
  durationMs: z.int().exactOptional(),
  transcript: z.string().exactOptional(),
});

export const transcription = z.object({ text: z.string() });

export const capabilities = z.object({
  attachments: z.object({
    image: z.boolean().describe('whether one of the models sees'),
    audio: z.boolean(),
    maxBytes: z.int(),
    mediaTypes: z.array(z.enum([...IMAGE_TYPES, ...AUDIO_TYPES])),
  }),
  transcription: z.boolean(),
  models: z.array(
    z.object({ id: z.string(), default: z.boolean(), image: z.boolean(), thinking: z.boolean() }),
  ),
  knowledge: z.boolean(),
}) satisfies z.ZodType<Capabilities>;

export const alertResource = z.object({
  label: z.string(),
  phone: z.string().exactOptional(),
  url: z.string().exactOptional(),
}) satisfies z.ZodType<AlertResource>;

export const alert = z.object({
  rule: z.string().describe('the rule and its version'),
  severity: z.enum(['emergency', 'warning']),
  text: z.string(),
  resources: z.array(alertResource),
}) satisfies z.ZodType<Alert>;

export const source = z.object({
  id: z.string(),
  title: z.string().describe('of the document, with the headings above the passage'),
  url: z.string().exactOptional(),
  snippet: z.string().describe('the passage'),
}) satisfies z.ZodType<Source>;

export const feedback = z.object({
  rating: z.enum(['up', 'down']),
  reason: z.enum(FEEDBACK_REASONS).exactOptional(),
  comment: z.string().exactOptional(),
}) satisfies z.ZodType<Feedback>;

export const message = z.object({
  id,
  conversationId: id,
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  status: z.enum(['queued', 'streaming', 'complete', 'stopped', 'incomplete', 'failed']),
  client_message_id: z.string().exactOptional(),
  replyTo: id.exactOptional(),
  attachments: z.array(attachment),
  model: z.string().exactOptional(),
  alert: alert.exactOptional().describe('danger in the message that is answered'),
  sources: z
    .array(source)
    .exactOptional()
    .describe(
      'what the answer rests on, in the order in which it cites them; empty: the documents have nothing on it',
    ),
  feedback: feedback.exactOptional().describe('what the user thinks of the answer'),
  generatedBy: z
    .object({ ai: z.literal(true), model: z.string() })
    .exactOptional()
    .describe('of every assistant message: a model wrote it'),
  usage: z
    .object({
      promptTokens: z.int(),
      completionTokens: z.int(),
      omittedMessages: z
        .int()
        .exactOptional()
        .describe('at least this many older messages did not fit and were not given to the model'),
    })
    .exactOptional(),
  error: z.object({ code: errorCode, message: z.string() }).exactOptional(),
  createdAt: time,
  completedAt: time.exactOptional(),
}) satisfies z.ZodType<Message>;

const exportedUser = z.object({
  ...user.shape,
  kind: z.enum(['local', 'outside', 'demo']),
  issuer: z.string().nullable(),
  subject: z.string().nullable(),
}) satisfies z.ZodType<ExportedUser>;

const exportedSession = z.object({
  id,
  createdAt: time,
  lastUsedAt: time,
  expiresAt: time,
  revokedAt: time.nullable(),
  userAgent: z.string().nullable(),
}) satisfies z.ZodType<ExportedSession>;

const exportedConversation = z.object({
  ...conversation.shape,
  clientName: z.string().nullable().describe('what a client of another protocol calls it'),
}) satisfies z.ZodType<ExportedConversation>;

const exportedRequest = z.object({
  client_message_id: z.string(),
  turns: z.unknown(),
  fields: z.unknown(),
}) satisfies z.ZodType<ExportedRequest>;

const exportedAttachment = z.object({
  ...attachment.shape,
  messageId: id.nullable(),
  createdAt: time,
}) satisfies z.ZodType<ExportedAttachment>;

const exportedAuditEvent = z.object({
  id: z.string(),
  at: time,
  operation: z.string(),
  outcome: z.string(),
  conversationId: id.nullable(),
  messageId: id.nullable(),
  address: z.string().nullable(),
}) satisfies z.ZodType<ExportedAuditEvent>;

export const userExport = z.object({
  format: z.literal('veda-gateway-export'),
  version: z.literal(1),
  exportedAt: time,
  user: exportedUser,
  sessions: z.array(exportedSession),
  conversations: z.array(
    z.object({
      ...exportedConversation.shape,
      messages: z.array(message),
      requests: z.array(exportedRequest).exactOptional(),
    }),
  ),
  attachments: z.array(z.object({ ...exportedAttachment.shape, content: z.base64() })),
  audit: z.array(exportedAuditEvent),
});

export const messages = z.object({ items: z.array(message), nextCursor, streamCursor: cursor });

export const chat = z.object({ userMessage: message, message, duplicate: z.boolean() });

export const sent = z.object({ ...chat.shape, cursor });

export const live = z.object({ status: z.literal('live') });

const parts = z.array(z.string());

export const ready = z.object({ status: z.enum(['ready', 'degraded']), degraded: parts });

export const unready = z.object({ status: z.literal('unready'), missing: parts, degraded: parts });

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: errorCode,
  error: z.object({ message: z.string(), type: z.string(), code: errorCode }),
}) satisfies z.ZodType<Problem>;
