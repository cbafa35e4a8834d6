import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { MessageHistory } from '../../conversation/history.js';
import type { MessageService, SendResult } from '../../conversation/message-service.js';
import type { Commands } from '../../gateway/commands.js';
import type { OpenStream, OpenStreams } from '../../gateway/open-streams.js';
import type { FollowOptions } from '../../generation/follow.js';
import type { GenerationState } from '../../generation/generation-reader.js';
import { beforeAccepted } from '../../protocol/cursor.js';
import { messagePage, noBody } from '../../schemas/message-schemas.js';
import { parse } from '../../schemas/validate.js';
import { principalOf } from '../request/authenticate.js';
import { bodyOf, fieldsOf } from '../request/body.js';
import { idOf } from '../request/ids.js';
import { setQuota } from '../request/quota.js';

export interface MessageRoutesOptions {
  readonly commands: Commands;
  readonly messages: MessageService;
  readonly history: MessageHistory;
  readonly streams: OpenStreams;
  /** Answers a send with an event stream: `streamResponse` of sse/. */
  readonly respondWithStream: (
    ctx: Context,
    stream: OpenStream,
    conversationId: string,
    options: FollowOptions,
  ) => void;
  readonly authenticate: Middleware;
  /** How long the waiting chat waits when the client does not say, in seconds. */
  readonly chatWaitSeconds: number;
}

/** Longest wait that a client may ask for, in seconds. */
const MAX_WAIT_SECONDS = 300;

/** Messages over plain REST: send, send and wait, stop, regenerate, read (docs/protocol.md, "REST"). */
export function messageRoutes(options: MessageRoutesOptions): Router {
  const { commands, messages, history, streams } = options;
  const router = new Router({ prefix: '/api/conversations/:id/messages' });
  router.use(options.authenticate);

  router.get('/', async (ctx) => {
    const { limit, cursor } = parse(messagePage, ctx.query);
    ctx.body = await history.page(principalOf(ctx).userId, idOf(ctx, 'id'), limit, cursor);
  });

  router.get('/:messageId', async (ctx) => {
    ctx.body = await history.message(principalOf(ctx).userId, idOf(ctx, 'id'), idOf(ctx, 'messageId'));
  });

  router.post('/', async (ctx) => {
    if (ctx.accepts('application/json', 'text/event-stream') !== 'text/event-stream') {
      return accepted(ctx, await commands.send(...sendOf(ctx)));
    }
    // Opened first, since a refusal must mean that nothing was stored.
    const stream = streams.open(principalOf(ctx), 'sse', ctx.ip);
    try {
      const sent = await commands.send(...sendOf(ctx));
      if (sent.quota) setQuota(ctx, sent.quota);
      const { conversationId, messageId, seq } = sent.ref;
      const start = { cursor: beforeAccepted(seq), seq, ...(!sent.duplicate && { accepted: stateOf(sent) }) };
      options.respondWithStream(ctx, stream, conversationId, { start, until: { messageId } });
    } catch (error) {
      stream.close();
      throw error;
    }
  });

  router.post('/chat', async (ctx) => {
    // Opened first, since a refusal must mean that nothing was stored.
    const wait = streams.open(principalOf(ctx), 'http', ctx.ip);
    try {
      const { userMessage, duplicate, ref, quota } = await commands.send(...sendOf(ctx));
      if (quota) setQuota(ctx, quota);
      endInTime(wait, ctx, options.chatWaitSeconds);
      const message = await messages.ended(principalOf(ctx).userId, ref, wait.signal);
      if (message.completedAt === undefined) {
        ctx.status = 202;
        ctx.set('Location', `/api/conversations/${ref.conversationId}/messages/${ref.messageId}`);
        ctx.set('Retry-After', '1');
      }
      ctx.body = { userMessage, message, duplicate };
    } finally {
      wait.close();
    }
  });

  router.post('/:messageId/stop', async (ctx) => {
    bodyOf(ctx, noBody);
    const { message, ended } = await commands.stop(principalOf(ctx), ...idsOf(ctx));
    ctx.status = ended ? 200 : 202;
    ctx.body = message;
  });

  router.post('/:messageId/regenerate', async (ctx) => {
    const [id, messageId] = idsOf(ctx);
    accepted(ctx, await commands.regenerate(principalOf(ctx), id, messageId, fieldsOf(ctx), keyOf(ctx)));
  });

  return router;
}

function sendOf(ctx: Context): Parameters<Commands['send']> {
  return [principalOf(ctx), ctx['params']['id'], fieldsOf(ctx), keyOf(ctx)];
}

function idsOf(ctx: Context): [id: unknown, messageId: unknown] {
  return [ctx['params']['id'], ctx['params']['messageId']];
}

function keyOf(ctx: Context): string | undefined {
  return ctx.get('idempotency-key') || undefined;
}

function accepted(ctx: Context, { userMessage, message, duplicate, cursor, quota }: SendResult): void {
  if (quota) setQuota(ctx, quota);
  ctx.status = 202;
  ctx.body = { userMessage, message, duplicate, cursor };
}

/** What was accepted a moment ago, as a reader would find it. */
function stateOf({ ref, clientMessageId, userMessage, message: { alert } }: SendResult): GenerationState {
  return { ref, clientMessageId, userMessage, attempts: [], ...(alert && { alert }), stopRequested: false };
}

/** Ends a wait when the client has waited long enough (`Prefer: wait=N`, RFC 7240), or has gone. */
function endInTime({ signal, close }: OpenStream, ctx: Context, seconds: number): void {
  const asked = /(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])/i.exec(ctx.get('prefer'))?.[1];
  const wait = Math.min(asked === undefined ? seconds : Number(asked), MAX_WAIT_SECONDS);
  if (signal.aborted) return;
  // Not AbortSignal.timeout within AbortSignal.any: Node 20 collects it as garbage, and then it never fires.
  const timer = setTimeout(close, wait * 1000);
  signal.addEventListener('abort', () => clearTimeout(timer));
  ctx.res.once('close', close);
  // A client that went before this line will not be heard to go.
  if (ctx.res.closed) close();
}
