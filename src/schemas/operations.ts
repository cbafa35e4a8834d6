import type { z } from 'zod';
import type { ErrorCode } from '../protocol/error-codes.js';
import {
  accountDeletion,
  credentials,
  passwordChange,
  profileChange,
  refreshRequest,
  registration,
  sessionPage,
} from './account-schemas.js';
import { DIALECT_OPERATIONS } from './dialect-operations.js';
import {
  conversationPage,
  conversationPatch,
  feedback,
  messagePage,
  newConversation,
  newMessage,
  noBody,
  regeneration,
  searchBody,
  searchQuery,
  streamQuery,
  transcriptionForm,
} from './message-schemas.js';
import { userStreamQuery } from './stream-places.js';

/** A schema that other schemas refer to by name (`components.schemas`). */
export type SchemaName =
  | 'User'
  | 'SignedIn'
  | 'Ticket'
  | 'Sessions'
  | 'Export'
  | 'Deletion'
  | 'Conversation'
  | 'Conversations'
  | 'SearchPage'
  | 'Attachment'
  | 'Capabilities'
  | 'Transcription'
  | 'Feedback'
  | 'Message'
  | 'Messages'
  | 'Sent'
  | 'Chat'
  | 'Live'
  | 'Ready'
  | 'Unready'
  | 'Problem'
  | 'Frame';

/** What an answer holds: a schema, an event stream, nothing, or something else that the description tells. */
export type AnswerContent =
  | SchemaName
  | 'events'
  | 'nothing'
  | 'any JSON'
  | 'any JSON or events'
  | 'other events'
  | 'text'
  | 'page'
  | 'script'
  | 'file';

type Answer = readonly [content: AnswerContent, description: string];

export interface Operation {
  /** Method and path. */
  readonly at: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;
  readonly group:
    | 'Accounts'
    | 'Conversations'
    | 'Messages'
    | 'Attachments'
    | 'Streams'
    | 'Health'
    | 'Documentation'
    | 'Page'
    | 'AI SDK'
    | 'OpenAI'
    | 'AG-UI';
  readonly summary: string;
  /** Who may call: everybody, whoever has a Bearer token, or also whoever has a ticket or token in the address. */
  readonly access: 'open' | 'bearer' | 'stream';
  readonly query?: z.ZodObject;
  readonly headers?: readonly HeaderName[];
  readonly body?: z.ZodType;
  /** The body is a form with one file, beside these fields. */
  readonly form?: z.ZodObject;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that follow from access, body and path. */
  readonly refusals?: readonly ErrorCode[];
  /** A route for clients that others wrote: `id` in the path is the client's own, and a refusal has this content. */
  readonly dialect?: { readonly error: AnswerContent };
}

export type HeaderName = 'Idempotency-Key' | 'Last-Event-ID' | 'Prefer';

const SEND_REFUSALS: readonly ErrorCode[] = [
  'unprocessable',
  'idempotency_mismatch',
  'busy',
  'rate_limited',
  'draining',
];

/** Every route of REST and SSE, by operation id (docs/protocol.md, "REST"). */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  register: {
    at: 'POST /api/auth/register',
    group: 'Accounts',
    summary: 'Register with email and password',
    access: 'open',
    body: registration,
    answers: { 201: ['SignedIn', 'the new user, signed in'] },
    refusals: ['not_found', 'conflict', 'rate_limited'],
  },
  demo: {
    at: 'POST /api/auth/demo',
    group: 'Accounts',
    summary: 'Become a demo user; only with the embedded database, on loopback',
    access: 'open',
    answers: { 201: ['SignedIn', 'a new user without a password, signed in'] },
    refusals: ['not_found', 'rate_limited'],
  },
  login: {
    at: 'POST /api/auth/login',
    group: 'Accounts',
    summary: 'Sign in',
    access: 'open',
    body: credentials,
    answers: { 200: ['SignedIn', 'signed in'] },
    refusals: ['unauthorized', 'rate_limited'],
  },
  refresh: {
    at: 'POST /api/auth/refresh',
    group: 'Accounts',
    summary: 'Use a refresh token up for a new pair',
    access: 'open',
    body: refreshRequest,
    answers: { 200: ['SignedIn', 'a new pair of tokens'] },
    refusals: ['unauthorized', 'rate_limited'],
  },
  logout: {
    at: 'POST /api/auth/logout',
    group: 'Accounts',
    summary:
      'End the session: its tokens and its streams. A token of another issuer stays good until it expires',
    access: 'bearer',
    answers: { 204: ['nothing', 'ended'] },
  },
  me: {
    at: 'GET /api/me',
    group: 'Accounts',
    summary: 'Who is speaking',
    access: 'bearer',
    answers: { 200: ['User', 'the user'] },
  },
  changeProfile: {
    at: 'PATCH /api/me',
    group: 'Accounts',
    summary: 'Change name or email; another email needs the password',
    access: 'bearer',
    body: profileChange,
    answers: { 200: ['User', 'the user'] },
    refusals: ['forbidden', 'conflict', 'rate_limited'],
  },
  deleteMe: {
    at: 'DELETE /api/me',
    group: 'Accounts',
    summary: 'Delete the account with all that is kept of it; needs the password where there is one',
    access: 'bearer',
    body: accountDeletion,
    answers: { 202: ['Deletion', 'nobody can sign in any more; the rest is erased in the background'] },
    refusals: ['forbidden', 'rate_limited'],
  },
  exportMe: {
    at: 'GET /api/me/export',
    group: 'Accounts',
    summary: 'Everything that is kept of the user, as one document',
    access: 'bearer',
    answers: { 200: ['Export', 'the document, as it is read'] },
    refusals: ['rate_limited'],
  },
  listSessions: {
    at: 'GET /api/me/sessions',
    group: 'Accounts',
    summary: 'Where the user is signed in, newest first',
    access: 'bearer',
    query: sessionPage,
    answers: { 200: ['Sessions', 'a page'] },
  },
  endSession: {
    at: 'DELETE /api/me/sessions/{id}',
    group: 'Accounts',
    summary: 'Sign a session out; its streams end',
    access: 'bearer',
    answers: { 204: ['nothing', 'ended'] },
  },
  changePassword: {
    at: 'POST /api/auth/password',
    group: 'Accounts',
    summary: 'Choose another password; ends all other sessions',
    access: 'bearer',
    body: passwordChange,
    answers: { 204: ['nothing', 'changed'] },
    refusals: ['not_found', 'forbidden', 'conflict', 'rate_limited'],
  },
  createTicket: {
    at: 'POST /api/stream-tickets',
    group: 'Accounts',
    summary: 'A ticket with which a browser opens one stream',
    access: 'bearer',
    answers: { 201: ['Ticket', 'good for one use'] },
    refusals: ['rate_limited'],
  },

  createConversation: {
    at: 'POST /api/conversations',
    group: 'Conversations',
    summary: 'Begin a conversation',
    access: 'bearer',
    body: newConversation,
    answers: { 201: ['Conversation', 'the new conversation'] },
    refusals: ['rate_limited'],
  },
  listConversations: {
    at: 'GET /api/conversations',
    group: 'Conversations',
    summary: 'Conversations that are not archived: the pinned ones first, each part newest first',
    access: 'bearer',
    query: conversationPage,
    answers: { 200: ['Conversations', 'a page'] },
  },
  getConversation: {
    at: 'GET /api/conversations/{id}',
    group: 'Conversations',
    summary: 'One conversation',
    access: 'bearer',
    answers: { 200: ['Conversation', 'the conversation'] },
  },
  renameConversation: {
    at: 'PATCH /api/conversations/{id}',
    group: 'Conversations',
    summary: 'Give it another title, pin it, archive it',
    access: 'bearer',
    body: conversationPatch,
    answers: { 200: ['Conversation', 'the conversation'] },
  },
  deleteConversation: {
    at: 'DELETE /api/conversations/{id}',
    group: 'Conversations',
    summary: 'Delete it with all its messages',
    access: 'bearer',
    answers: { 204: ['nothing', 'deleted'] },
  },
  search: {
    at: 'GET /api/search',
    group: 'Conversations',
    summary: 'Find words in the own messages and titles, newest first',
    access: 'bearer',
    query: searchQuery,
    answers: { 200: ['SearchPage', 'a page; it may be empty though there are more'] },
    refusals: ['rate_limited'],
  },
  searchWithBody: {
    at: 'POST /api/search',
    group: 'Conversations',
    summary: 'The same, with the words where no proxy logs them',
    access: 'bearer',
    body: searchBody,
    answers: { 200: ['SearchPage', 'a page; it may be empty though there are more'] },
    refusals: ['rate_limited'],
  },

  listMessages: {
    at: 'GET /api/conversations/{id}/messages',
    group: 'Messages',
    summary: 'Messages, newest page first, oldest message first within a page',
    access: 'bearer',
    query: messagePage,
    answers: { 200: ['Messages', 'a page, and where a stream goes on from exactly that'] },
  },
  getMessage: {
    at: 'GET /api/conversations/{id}/messages/{messageId}',
    group: 'Messages',
    summary: 'One message, an answer with the text that it has by now',
    access: 'bearer',
    answers: { 200: ['Message', 'the message'] },
  },
  send: {
    at: 'POST /api/conversations/{id}/messages',
    group: 'Messages',
    summary: 'Send a message',
    access: 'bearer',
    headers: ['Idempotency-Key'],
    body: newMessage,
    answers: {
      202: ['Sent', 'stored; it will be answered'],
      200: ['events', 'with Accept: text/event-stream, the answer as it is written'],
    },
    refusals: SEND_REFUSALS,
  },
  chat: {
    at: 'POST /api/conversations/{id}/messages/chat',
    group: 'Messages',
    summary: 'Send a message and wait for its answer',
    access: 'bearer',
    headers: ['Idempotency-Key', 'Prefer'],
    body: newMessage,
    answers: {
      200: ['Chat', 'the answer has ended'],
      202: ['Chat', 'not yet: the same request again waits on'],
    },
    refusals: SEND_REFUSALS,
  },
  stop: {
    at: 'POST /api/conversations/{id}/messages/{messageId}/stop',
    group: 'Messages',
    summary: 'Ask for an answer to be stopped',
    access: 'bearer',
    answers: { 202: ['Message', 'asked'], 200: ['Message', 'it had ended already'] },
  },
  regenerate: {
    at: 'POST /api/conversations/{id}/messages/{messageId}/regenerate',
    group: 'Messages',
    summary: 'Have the message that this answer answers answered anew',
    access: 'bearer',
    headers: ['Idempotency-Key'],
    body: regeneration,
    answers: { 202: ['Sent', 'stored; it will be answered'] },
    refusals: ['idempotency_mismatch', 'rate_limited'],
  },
  rate: {
    at: 'PUT /api/conversations/{id}/messages/{messageId}/feedback',
    group: 'Messages',
    summary: 'Say what you think of an answer that has ended; replaces what you said before',
    access: 'bearer',
    body: feedback,
    answers: { 200: ['Feedback', 'stored'] },
  },
  unrate: {
    at: 'DELETE /api/conversations/{id}/messages/{messageId}/feedback',
    group: 'Messages',
    summary: 'Take back what you said of an answer',
    access: 'bearer',
    answers: { 204: ['nothing', 'there is no rating any more'] },
  },

  upload: {
    at: 'POST /api/attachments',
    group: 'Attachments',
    summary: 'Upload an image or a voice message, to be sent with a message within a day',
    access: 'bearer',
    form: noBody,
    answers: { 201: ['Attachment', 'checked and stored'] },
    refusals: ['rate_limited'],
  },
  download: {
    at: 'GET /api/attachments/{id}',
    group: 'Attachments',
    summary: 'The bytes of an attachment: of an image, upright and without metadata',
    access: 'bearer',
    answers: { 200: ['file', 'the bytes, of the attachment’s own media type'] },
  },
  deleteAttachment: {
    at: 'DELETE /api/attachments/{id}',
    group: 'Attachments',
    summary: 'Delete an attachment that no message has',
    access: 'bearer',
    answers: { 204: ['nothing', 'deleted'] },
    refusals: ['conflict'],
  },

  transcribe: {
    at: 'POST /api/transcriptions',
    group: 'Attachments',
    summary: 'What is said in a recording, which is kept nowhere',
    access: 'bearer',
    form: transcriptionForm,
    answers: { 200: ['Transcription', 'the text'] },
    refusals: ['not_found', 'rate_limited', 'llm_failed'],
  },
  capabilities: {
    at: 'GET /api/capabilities',
    group: 'Attachments',
    summary: 'What this deployment can do now: kinds of attachments, models',
    access: 'bearer',
    answers: { 200: ['Capabilities', 'what can be sent, and to which models'] },
  },

  stream: {
    at: 'GET /api/conversations/{id}/stream',
    group: 'Streams',
    summary: 'Everything that happens in a conversation after a cursor',
    access: 'stream',
    query: streamQuery,
    headers: ['Last-Event-ID'],
    answers: {
      200: ['events', 'frames as they come'],
      204: ['nothing', 'with until=done: there is nothing to wait for'],
    },
    refusals: ['draining'],
  },
  streamAll: {
    at: 'GET /api/stream',
    group: 'Streams',
    summary: 'Everything that happens in all conversations of the user, each after a cursor of its own',
    access: 'stream',
    query: userStreamQuery,
    headers: ['Last-Event-ID'],
    answers: {
      200: ['events', 'frames as they come; the id of an event names cursors of several conversations'],
    },
    refusals: ['draining'],
  },

  ...DIALECT_OPERATIONS,

  live: {
    at: 'GET /health/live',
    group: 'Health',
    summary: 'Whether the process answers',
    access: 'open',
    answers: { 200: ['Live', 'it does'] },
  },
  ready: {
    at: 'GET /health/ready',
    group: 'Health',
    summary: 'Whether it can serve',
    access: 'open',
    answers: { 200: ['Ready', 'it can'], 503: ['Unready', 'it cannot'] },
  },

  openapi: {
    at: 'GET /openapi.json',
    group: 'Documentation',
    summary: 'This description',
    access: 'open',
    answers: { 200: ['any JSON', 'OpenAPI 3.1'] },
  },
  asyncapi: {
    at: 'GET /asyncapi.json',
    group: 'Documentation',
    summary: 'The sockets',
    access: 'open',
    answers: { 200: ['any JSON', 'AsyncAPI 3.0'] },
  },
  docs: {
    at: 'GET /docs',
    group: 'Documentation',
    summary: 'This description, to read',
    access: 'open',
    answers: { 200: ['page', 'HTML'] },
  },

  page: {
    at: 'GET /',
    group: 'Page',
    summary: 'The chat page',
    access: 'open',
    answers: { 200: ['page', 'HTML'] },
  },
  clientLibrary: {
    at: 'GET /client.js',
    group: 'Page',
    summary: 'The client library as one module, for pages without a build',
    access: 'open',
    answers: { 200: ['script', 'JavaScript'] },
  },
};
