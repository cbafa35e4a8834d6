import type { ErrorCode } from '../protocol/error-codes.js';
import { runInput } from './ag-ui-schemas.js';
import { uiChat } from './ai-sdk-schemas.js';
import { completionRequest, responseQuery, responseRequest } from './openai-schemas.js';
import type { Operation } from './operations.js';

const SEND_REFUSALS: readonly ErrorCode[] = [
  'unprocessable',
  'idempotency_mismatch',
  'busy',
  'rate_limited',
  'draining',
];

const AI_SDK = { error: 'text' } as const;
const AG_UI = { error: 'any JSON' } as const;
const OPENAI = { error: 'any JSON' } as const;

/** The routes of clients that others wrote (docs/protocol.md, "Clients that others wrote"). */
export const DIALECT_OPERATIONS: Readonly<Record<string, Operation>> = {
  aiSdkChat: {
    at: 'POST /api/ai-sdk/chat',
    group: 'AI SDK',
    summary:
      'Send the newest of the messages, or generate an answer anew; `id` is the name that the client gave the chat',
    access: 'bearer',
    body: uiChat,
    answers: { 200: ['other events', 'the answer as a UI message stream'] },
    refusals: ['not_found', ...SEND_REFUSALS],
    dialect: AI_SDK,
  },
  aiSdkResume: {
    at: 'GET /api/ai-sdk/chat/{id}/stream',
    group: 'AI SDK',
    summary: 'The running answer from its start, under the same message id',
    access: 'bearer',
    answers: {
      200: ['other events', 'the answer as a UI message stream'],
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

  openAiModels: {
    at: 'GET /v1/models',
    group: 'OpenAI',
    summary: 'The models that can be asked for',
    access: 'bearer',
    answers: { 200: ['any JSON', 'a list of models'] },
    dialect: OPENAI,
  },
  openAiModel: {
    at: 'GET /v1/models/{model}',
    group: 'OpenAI',
    summary: 'One of them',
    access: 'bearer',
    answers: { 200: ['any JSON', 'the model'] },
    refusals: ['not_found'],
    dialect: OPENAI,
  },
  openAiChatCompletion: {
    at: 'POST /v1/chat/completions',
    group: 'OpenAI',
    summary: 'Answer the last message; the others are the history. Nothing is listed, and all is erased soon',
    access: 'bearer',
    headers: ['Idempotency-Key'],
    body: completionRequest,
    answers: { 200: ['any JSON or events', 'the answer; with stream its chunks, and [DONE]'] },
    refusals: ['not_found', ...SEND_REFUSALS, 'llm_failed', 'llm_unavailable', 'llm_timeout'],
    dialect: OPENAI,
  },
  openAiCreateResponse: {
    at: 'POST /v1/responses',
    group: 'OpenAI',
    summary:
      'Answer the input, in a conversation of its own, in that of the previous response, or in the one named',
    access: 'bearer',
    headers: ['Idempotency-Key'],
    body: responseRequest,
    answers: { 200: ['any JSON or events', 'the response as it is now; with stream its events'] },
    refusals: ['not_found', ...SEND_REFUSALS],
    dialect: OPENAI,
  },
  openAiGetResponse: {
    at: 'GET /v1/responses/{id}',
    group: 'OpenAI',
    summary: 'A response, or its events after a sequence number, on any gateway, also after its end',
    access: 'bearer',
    query: responseQuery,
    answers: { 200: ['any JSON or events', 'the response as it is now; with stream=true its events'] },
    refusals: ['not_found', 'draining'],
    dialect: OPENAI,
  },
  openAiCancelResponse: {
    at: 'POST /v1/responses/{id}/cancel',
    group: 'OpenAI',
    summary: 'Stop it; its status is then cancelled',
    access: 'bearer',
    answers: { 200: ['any JSON', 'the response'] },
    refusals: ['not_found'],
    dialect: OPENAI,
  },
  openAiDeleteResponse: {
    at: 'DELETE /v1/responses/{id}',
    group: 'OpenAI',
    summary:
      'Delete it; with the last response of a conversation that only responses have made, the conversation',
    access: 'bearer',
    answers: { 200: ['any JSON', 'it is deleted'] },
    refusals: ['not_found'],
    dialect: OPENAI,
  },

  agUiRun: {
    at: 'POST /api/ag-ui',
    group: 'AG-UI',
    summary:
      'Answer the newest message of the user; `threadId` is the name that the client gave the conversation',
    access: 'bearer',
    body: runInput,
    answers: { 200: ['other events', 'the run as AG-UI events'] },
    refusals: SEND_REFUSALS,
    dialect: AG_UI,
  },
};
