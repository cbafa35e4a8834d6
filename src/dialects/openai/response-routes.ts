import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Principal } from '../../account/principal.js';
import { idFrom, isId } from '../../conversation/ids.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { AppError } from '../../kernel/errors.js';
import { afterAccepted } from '../../protocol/cursor.js';
import type { Message } from '../../protocol/message.js';
import { type ResponseRequest, responseQuery, responseRequest } from '../../schemas/openai-schemas.js';
import { parse } from '../../schemas/validate.js';
import { principalOf } from '../../transports/request/authenticate.js';
import { bodyOf, fieldsOf } from '../../transports/request/body.js';
import { type Input, inputOfItems } from './input.js';
import { modelOf } from './models.js';
import type { OpenAiPorts } from './openai-routes.js';
import { messageIdOf, type ResponseFields, responseId, responseOf } from './response-object.js';
import { startAfter } from './response-start.js';
import { ResponseStream } from './response-stream.js';
import { closeWithClient, type InputToSend, keyOf, sendInput } from './send-input.js';
import { RESPONSE_PARAMETERS, refuseUnsupported } from './unsupported.js';

/** How long a cancel waits for the answer's end, in ms. */
const CANCEL_MS = 5000;

interface FoundResponse {
  readonly ref: GenerationRef;
  readonly fields: ResponseFields;
}

/** `/v1/responses`: each response is an answer in a conversation. */
export function responseRoutes(router: Router, ports: OpenAiPorts): void {
  const { commands, messages, history, requests, streams, admit, authenticate } = ports;

  router.post('/responses', admit, authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    refuseUnsupported(fieldsOf(ctx), RESPONSE_PARAMETERS);
    const request = bodyOf(ctx, responseRequest);
    const fields = fieldsFrom(request, modelOf(ports.models, request.model));
    const toSend = await placeOf(ports, principal, request, fields, keyOf(ctx));
    // Opened first, since a refusal must mean that nothing was stored.
    const stream = streams.open(principal, request.stream ? 'sse' : 'http', ctx.ip);
    try {
      const { ref, message } = await sendInput(ports, ctx, toSend);
      const response: FoundResponse = { ref, fields: toSend.fields };
      if (request.stream) {
        return ports.respond(ctx, stream, eventsOf(response, message, -1, afterAccepted(ref.seq)));
      }
      if (!fields.background) {
        closeWithClient(ctx, stream);
        await messages.ended(principal.userId, ref, stream.signal);
      }
      stream.close();
      // If this gateway is restarting, the response is still in progress, and can be retrieved at another.
      ctx.body = await currentResponse(principal, response);
    } catch (error) {
      stream.close();
      throw error;
    }
  });

  router.get('/responses/:id', authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    const { stream, starting_after: after = -1 } = parse(responseQuery, ctx.query);
    const response = await find(principal, ctx);
    if (stream !== 'true') {
      ctx.body = await currentResponse(principal, response);
      return;
    }
    const { ref } = response;
    const message = await history.message(principal.userId, ref.conversationId, ref.messageId);
    const cursor = await startAfter(ports.start, principal.userId, { ref, message }, after);
    ports.respond(ctx, streams.open(principal, 'sse', ctx.ip), eventsOf(response, message, after, cursor));
  });

  router.post('/responses/:id/cancel', authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    const response = await find(principal, ctx);
    const { ref } = response;
    const { ended } = await commands.stop(principal, ref.conversationId, ref.messageId);
    if (!ended) {
      const wait = streams.open(principal, 'http', ctx.ip);
      const timer = setTimeout(wait.close, CANCEL_MS);
      closeWithClient(ctx, wait);
      await messages.ended(principal.userId, ref, wait.signal).finally(() => clearTimeout(timer));
      wait.close();
    }
    ctx.body = await currentResponse(principal, response);
  });

  router.delete('/responses/:id', authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    const { ref, fields } = await find(principal, ctx);
    await commands.stop(principal, ref.conversationId, ref.messageId);
    const { last } = await requests.remove(ref);
    if (last && fields.conversation === null) {
      await ports.conversations.remove(principal.userId, ref.conversationId);
    }
    ctx.body = { id: responseId(ref.messageId), object: 'response', deleted: true };
  });

  async function find(principal: Principal, ctx: Context): Promise<FoundResponse> {
    return foundResponse(ports, principal, String(ctx['params']['id']), 'response_id');
  }

  async function currentResponse(principal: Principal, { ref, fields }: FoundResponse): Promise<object> {
    const message = await history.message(principal.userId, ref.conversationId, ref.messageId);
    return responseOf(message, fields);
  }
}

function eventsOf(
  { ref, fields }: FoundResponse,
  message: Message,
  after: number,
  cursor: Parameters<OpenAiPorts['respond']>[2]['start']['cursor'],
): Parameters<OpenAiPorts['respond']>[2] {
  return {
    ref,
    start: { cursor, seq: ref.seq },
    projection: new ResponseStream({ message, fields, after }),
    named: true,
  };
}

function fieldsFrom(request: ResponseRequest, model: string): ResponseFields {
  const { background, store, instructions, metadata, previous_response_id } = request;
  if (background && store === false) {
    throw new AppError('bad_request', 'background: needs store, so that the response can be retrieved', {
      param: 'background',
    });
  }
  return {
    model,
    background: background ?? false,
    store: store ?? true,
    instructions: instructions ?? null,
    metadata: metadata ?? {},
    previous_response_id: previous_response_id ?? null,
    conversation: null,
  };
}

type Placed = InputToSend & { readonly fields: ResponseFields };

/** In which conversation a response is made. @throws AppError `bad_request`, `not_found` */
async function placeOf(
  ports: OpenAiPorts,
  principal: Principal,
  request: ResponseRequest,
  fields: ResponseFields,
  key: string,
): Promise<Placed> {
  const { conversation, previous_response_id: previous, instructions } = request;
  const input = inputOfItems(request.input, instructions);
  const own = { name: `response:${key}`, ephemeral: !fields.store };
  if (conversation) {
    if (previous) throw excludes('previous_response_id', 'conversation');
    if (!fields.store) throw excludes('store', 'conversation');
    const id = await namedConversation(ports, principal, conversation);
    return { conversation: id, key, input, model: fields.model, fields: { ...fields, conversation: id } };
  }
  if (!previous) return { conversation: own, key, input, model: fields.model, fields };
  const before = await foundResponse(ports, principal, previous, 'previous_response_id');
  if (fields.store && (await ports.history.isNewest(principal.userId, before.ref))) {
    const { conversationId } = before.ref;
    return {
      conversation: conversationId,
      key,
      input,
      model: fields.model,
      fields: { ...fields, conversation: before.fields.conversation },
    };
  }
  // A second continuation of the same response: a conversation has no branches, so it becomes one of its own.
  const turns = await ports.requests.turnsUpTo(before.ref);
  const branched: Input = { ...input, turns: [...turns, ...input.turns] };
  return { conversation: own, key, input: branched, model: fields.model, fields };
}

async function namedConversation(
  { names }: OpenAiPorts,
  principal: Principal,
  conversation: NonNullable<ResponseRequest['conversation']>,
): Promise<string> {
  const name = (typeof conversation === 'string' ? conversation : conversation.id).replace(/^conv_/, '');
  const id = await names.find(principal.userId, name);
  if (id !== undefined) return id;
  throw new AppError('not_found', 'conversation: there is no such conversation', { param: 'conversation' });
}

async function foundResponse(
  { requests }: OpenAiPorts,
  { userId }: Principal,
  id: string,
  param: string,
): Promise<FoundResponse> {
  const messageId = messageIdOf(id);
  const found = isId(messageId) ? await requests.find(userId, idFrom(messageId)) : undefined;
  const { fields } = found ?? {};
  // Chat Completions and responses that are not stored have no name by which they could be asked for.
  if (found && isStored(fields)) return { ref: found.ref, fields };
  throw new AppError('not_found', `${param}: there is no such response`, { param });
}

function isStored(fields: Partial<ResponseFields> | undefined): fields is ResponseFields {
  return fields?.store === true;
}

function excludes(one: string, other: string): AppError {
  return new AppError('bad_request', `${one}: cannot be given together with ${other}`, { param: one });
}
