import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { MessageService } from '../../conversation/message-service.js';
import { beginningOf, type StartPorts } from '../../conversation/start.js';
import { frameOf } from '../../gateway/frame-of.js';
import { type FollowOptions, type FollowPorts, follow } from '../../generation/follow.js';
import type { Logger } from '../../kernel/logger.js';
import { beforeAccepted } from '../../protocol/cursor.js';
import { refusalFrame } from '../../protocol/frames.js';
import { streamQuery } from '../../schemas/message-schemas.js';
import { parse } from '../../schemas/validate.js';
import type { OpenStream, OpenStreams } from '../open-streams.js';
import { principalOf } from '../request/authenticate.js';
import { idOf } from '../request/ids.js';
import { setQuota } from '../request/quota.js';
import { sendOf } from '../request/send-request.js';
import { EventStream } from './event-stream.js';

export interface StreamRoutesOptions {
  readonly messages: MessageService;
  readonly follow: FollowPorts;
  readonly start: StartPorts;
  readonly streams: OpenStreams;
  readonly authenticate: Middleware;
  /** Takes `?ticket=` and `?token=` too. */
  readonly authenticateStream: Middleware;
  readonly logger: Logger;
}

/** A conversation as an event stream, and an answer streamed in the response to its message (docs/protocol.md, "SSE"). */
export function streamRoutes(options: StreamRoutesOptions): Router {
  const router = new Router({ prefix: '/api/conversations/:id' });

  router.get('/stream', options.authenticateStream, async (ctx) => {
    const principal = principalOf(ctx);
    const conversationId = idOf(ctx, 'id');
    const { cursor, until } = parse(streamQuery, ctx.query);
    const from = ctx.get('last-event-id') || cursor;
    const { start, idle } = await beginningOf(options.start, principal.userId, conversationId, from);
    if (until === 'done' && idle) {
      // The one answer after which an EventSource does not come back.
      ctx.status = 204;
      return;
    }
    const opened = options.streams.open(principal);
    stream(ctx, options, opened, conversationId, { start, ...(until && { until: 'idle' as const }) });
  });

  router.post('/messages', async (ctx, next) => {
    if (ctx.accepts('application/json', 'text/event-stream') !== 'text/event-stream') return next();
    await options.authenticate(ctx, async () => {});
    const principal = principalOf(ctx);
    const conversationId = idOf(ctx, 'id');
    const message = sendOf(ctx);
    // First, since its refusal must mean that nothing was stored.
    const opened = options.streams.open(principal);
    try {
      const { ref, quota } = await options.messages.send(principal.userId, conversationId, message);
      if (quota) setQuota(ctx, quota);
      stream(ctx, options, opened, conversationId, {
        start: { cursor: beforeAccepted(ref.seq), seq: ref.seq },
        until: { messageId: ref.messageId },
      });
    } catch (error) {
      opened.close();
      throw error;
    }
  });

  return router;
}

/** Takes the response over from Koa and writes to it until the stream ends. */
function stream(
  ctx: Context,
  options: StreamRoutesOptions,
  { signal, close }: OpenStream,
  conversationId: string,
  from: FollowOptions,
): void {
  ctx.respond = false;
  ctx.res.once('close', close);
  // A client that went before this line will not be heard to go.
  if (ctx.res.closed) close();
  const events = new EventStream(ctx.res);

  async function write(): Promise<void> {
    for await (const event of follow(options.follow, conversationId, from, signal)) {
      await events.send(frameOf(conversationId, event), signal);
    }
    if (signal.reason === 'token_expired') {
      await events.send(refusalFrame(conversationId, 'token_expired', 'the token has expired'), signal);
    }
  }

  write()
    // The client comes back by itself, with its last event's id.
    .catch((error: unknown) =>
      options.logger.warn('stream broken off', { transport: 'sse', conversationId, error }),
    )
    .finally(() => {
      events.end();
      close();
    });
}
