import { createHash } from 'node:crypto';
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Principal } from '../../account/principal.js';
import type { MessageHistory } from '../../conversation/history.js';
import type { SendResult } from '../../conversation/message-service.js';
import type { NamedConversations } from '../../conversation/named-conversations.js';
import type { Commands } from '../../gateway/commands.js';
import type { OpenStreams } from '../../gateway/open-streams.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { AppError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import { beforeAccepted } from '../../protocol/cursor.js';
import { conversationName, type UiChat, uiChat } from '../../schemas/ai-sdk-schemas.js';
import { parse } from '../../schemas/validate.js';
import { renderErrors } from '../../transports/http/problems.js';
import { principalOf } from '../../transports/request/authenticate.js';
import { bodyOf } from '../../transports/request/body.js';
import { setQuota } from '../../transports/request/quota.js';
import type { AnswerStream } from '../answer-stream.js';
import { type NewestMessage, newestMessage } from '../newest-message.js';
import type { Sender } from '../sender.js';
import { knowsReset } from './client-version.js';
import { UI_MESSAGE_HEADERS, UiMessageStream } from './ui-message-stream.js';

export interface ChatRoutesOptions {
  readonly commands: Commands;
  readonly sender: Sender;
  readonly names: NamedConversations;
  readonly history: MessageHistory;
  readonly streams: OpenStreams;
  readonly respond: AnswerStream;
  readonly authenticate: Middleware;
  /** Refuses new work while there is too much. */
  readonly admit: Middleware;
  readonly logger: Logger;
}

/** The AI SDK's chat protocol (docs/protocol.md, "AI SDK"): `useChat` and `DefaultChatTransport`, versions 5 to 7. */
export function chatRoutes(options: ChatRoutesOptions): Router {
  const { commands, sender, names, history, streams, authenticate, admit } = options;
  const router = new Router({ prefix: '/api/ai-sdk/chat' });
  // The client shows the body of a refusal to the person as it is.
  router.use(
    renderErrors(options.logger, (ctx, error) => {
      ctx.body = error.message;
      ctx.type = 'text/plain';
    }),
  );

  router.post('/', admit, authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    const chat = bodyOf(ctx, uiChat);
    // Opened first, since a refusal must mean that nothing was stored.
    const stream = streams.open(principal, 'sse', ctx.ip);
    try {
      const { ref, quota } = await (chat.trigger === 'submit-message' ? send : regenerate)(principal, chat);
      if (quota) setQuota(ctx, quota);
      options.respond(ctx, stream, answerOf(ctx, ref));
    } catch (error) {
      stream.close();
      throw error;
    }
  });

  router.get('/:id/stream', authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    const conversationId = await names.find(principal.userId, nameOf(ctx));
    const ref = conversationId && (await history.open(principal.userId, conversationId));
    if (!ref) ctx.status = 204;
    else options.respond(ctx, streams.open(principal, 'sse', ctx.ip), answerOf(ctx, ref));
  });

  router.post('/:id/stop', authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    const conversationId = await names.find(principal.userId, nameOf(ctx));
    const ref = conversationId && (await history.open(principal.userId, conversationId));
    // To stop what has ended is no error: the client may not know yet.
    if (!ref) {
      ctx.status = 204;
      return;
    }
    const { message, ended } = await commands.stop(principal, conversationId, ref.messageId);
    ctx.status = ended ? 200 : 202;
    ctx.body = message;
  });

  return router;

  async function send(principal: Principal, { id, messages, messageId }: UiChat): Promise<SendResult> {
    const newest = newestMessage(messages);
    const message = { key: newest.id, text: newest.text, files: newest.files };
    sender.check(message);
    const conversationId = await names.findOrMake(principal.userId, id);
    try {
      return await sender.send(principal, conversationId, message);
    } catch (error) {
      // The person changed a message that was sent before: the client keeps its id, but says so in `messageId`.
      const changed = error instanceof AppError && error.code === 'idempotency_mismatch';
      if (!changed || newest.id === undefined || messageId !== newest.id) throw error;
      return sender.send(principal, conversationId, { ...message, key: changedId(newest) });
    }
  }

  async function regenerate(principal: Principal, { id, messages, messageId }: UiChat): Promise<SendResult> {
    const conversationId = await names.find(principal.userId, id);
    const answer = conversationId && (await answerMeant(conversationId, messages, messageId));
    if (!answer) throw new AppError('not_found', 'there is no answer to be generated anew');
    return commands.regenerate(principal, conversationId, answer, {});
  }

  /** A client names an answer, or a message of the user whose answer is meant, or nothing: the newest one is meant. */
  async function answerMeant(
    conversationId: string,
    messages: UiChat['messages'],
    messageId: string | null | undefined,
  ): Promise<string | undefined> {
    const asked = messages.findLast(({ role }) => role === 'user')?.id;
    const named = messageId ?? asked;
    return (
      (await names.newestAnswer(conversationId, named)) ??
      (named === asked ? undefined : await names.newestAnswer(conversationId, asked)) ??
      names.newestAnswer(conversationId)
    );
  }
}

function nameOf(ctx: Context): string {
  return parse(conversationName, ctx['params']['id']);
}

function answerOf(ctx: Context, ref: GenerationRef): Parameters<AnswerStream>[2] {
  const { seq } = ref;
  return {
    ref,
    start: { cursor: beforeAccepted(seq), seq },
    projection: new UiMessageStream(ref, knowsReset(ctx)),
    headers: UI_MESSAGE_HEADERS,
  };
}

/** The `client_message_id` of a changed message: the same change, sent again, has the same one. */
function changedId({ id, text, files }: NewestMessage): string {
  const hash = createHash('sha256').update(`${id}\n${text}`);
  for (const file of files) hash.update(createHash('sha256').update(file).digest());
  return hash.digest('base64url');
}
