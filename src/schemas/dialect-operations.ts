import type { ErrorCode } from '../protocol/error-codes.js';
import { uiChat } from './ai-sdk-schemas.js';
import type { Operation } from './operations.js';

const SEND_REFUSALS: readonly ErrorCode[] = [
  'unprocessable',
  'idempotency_mismatch',
  'busy',
  'rate_limited',
  'draining',
];

const AI_SDK = { error: 'text' } as const;

/** The routes of clients that others wrote (docs/protocol.md, "Clients that others wrote"). */
export const DIALECT_OPERATIONS: Readonly<Record<string, Operation>> = {
  aiSdkChat: {
    at: 'POST /api/ai-sdk/chat',
    group: 'AI SDK',
    summary:
      'Send the newest of the messages, or generate an answer anew; `id` is the name that the client gave the chat',
    access: 'bearer',
    body: uiChat,
    answers: { 200: ['events', 'the answer as a UI message stream'] },
    refusals: ['not_found', ...SEND_REFUSALS],
    dialect: AI_SDK,
  },
  aiSdkResume: {
    at: 'GET /api/ai-sdk/chat/{id}/stream',
    group: 'AI SDK',
    summary: 'The running answer from its start, under the same message id',
    access: 'bearer',
    answers: {
      200: ['events', 'the answer as a UI message stream'],
      204: ['nothing', 'nothing runs'],
    },
    refusals: ['draining'],
    dialect: AI_SDK,
  },
  aiSdkStop: {
    at: 'POST /api/ai-sdk/chat/{id}/stop',
    group: 'AI SDK',
    summary: 'Stop the running answer; stop() of the client only hangs up',
    access: 'bearer',
    answers: {
      200: ['Message', 'it had ended'],
      202: ['Message', 'it was asked to stop'],
      204: ['nothing', 'nothing runs'],
    },
    dialect: AI_SDK,
  },
};
