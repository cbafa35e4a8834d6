import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { OpenStreams } from '../../gateway/open-streams.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import type { Logger } from '../../kernel/logger.js';
import { beforeAccepted } from '../../protocol/cursor.js';
import { conversationName, uiChat } from '../../schemas/ai-sdk-schemas.js';
import { parse } from '../../schemas/validate.js';
import { renderErrors } from '../../transports/http/problems.js';
import { principalOf } from '../../transports/request/authenticate.js';
import { bodyOf } from '../../transports/request/body.js';
import { setQuota } from '../../transports/request/quota.js';
import type { AnswerStream } from '../answer-stream.js';
import { CHAT_PATH, Chats, type ChatsPorts } from './chats.js';
import { knowsReset } from './client-version.js';
import { UI_MESSAGE_HEADERS, UiMessageStream } from './ui-message-stream.js';

export interface ChatRoutesOptions extends ChatsPorts {
  readonly streams: OpenStreams;
  readonly respond: AnswerStream;
  readonly authenticate: Middleware;
  /** Refuses new work while there is too much. */
  readonly admit: Middleware;
  readonly logger: Logger;
}

/** The AI SDK's chat protocol over HTTP (docs/protocol.md, "AI SDK"): `useChat` and `DefaultChatTransport`, versions 5 to 7. */
export function chatRoutes(options: ChatRoutesOptions): Router {
  const { streams, authenticate, admit } = options;
  const chats = new Chats(options);
  const router = new Router({ prefix: CHAT_PATH });
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
      const { ref, quota } = await chats.submit(principal, chat);
      if (quota) setQuota(ctx, quota);
      options.respond(ctx, stream, answerOf(ctx, ref));
    } catch (error) {
      stream.close();
      throw error;
    }
  });

  router.get('/:id/stream', authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    const ref = await chats.running(principal, nameOf(ctx));
    if (!ref) ctx.status = 204;
    else options.respond(ctx, streams.open(principal, 'sse', ctx.ip), answerOf(ctx, ref));
  });

  router.post('/:id/stop', authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    const ref = await chats.running(principal, nameOf(ctx));
    // To stop what has ended is no error: the client may not know yet.
    if (!ref) {
      ctx.status = 204;
      return;
    }
    const { message, ended } = await chats.stop(principal, ref);
    ctx.status = ended ? 200 : 202;
    ctx.body = message;
  });

  return router;
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
