import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { MessageHistory } from '../../conversation/history.js';
import type { MessageService, SendResult } from '../../conversation/message-service.js';
import { messagePage, noBody, regeneration } from '../../schemas/message-schemas.js';
import { parse } from '../../schemas/validate.js';
import type { OpenStream, OpenStreams } from '../open-streams.js';
import { principalOf } from '../request/authenticate.js';
import { bodyOf } from '../request/body.js';
import { idOf } from '../request/ids.js';
import { setQuota } from '../request/quota.js';
import { clientMessageIdOf, sendOf } from '../request/send-request.js';

export interface MessageRoutesOptions {
  readonly messages: MessageService;
  readonly history: MessageHistory;
  readonly streams: OpenStreams;
  readonly authenticate: Middleware;
  /** How long the waiting chat waits when the client does not say, in seconds. */
  readonly chatWaitSeconds: number;
}

/** Longest wait that a client may ask for, in seconds. */
const MAX_WAIT_SECONDS = 300;

/** Messages over plain REST: send, send and wait, stop, regenerate, read (docs/protocol.md, "REST"). */
export function messageRoutes(options: MessageRoutesOptions): Router {
  const { messages, history } = options;
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
    accepted(ctx, await messages.send(principalOf(ctx).userId, idOf(ctx, 'id'), sendOf(ctx)));
  });

  router.post('/chat', async (ctx) => {
    const principal = principalOf(ctx);
    const conversationId = idOf(ctx, 'id');
    const asked = sendOf(ctx);
    // First, since its refusal must mean that nothing was stored.
    const wait = options.streams.open(principal);
    try {
      const sent = await messages.send(principal.userId, conversationId, asked);
      const { userMessage, duplicate, ref, quota } = sent;
      if (quota) setQuota(ctx, quota);
      endInTime(wait, ctx, options.chatWaitSeconds);
      const message = await messages.ended(principal.userId, ref, wait.signal);
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
    const { userId } = principalOf(ctx);
    const { message, ended } = await messages.stop(userId, idOf(ctx, 'id'), idOf(ctx, 'messageId'));
    ctx.status = ended ? 200 : 202;
    ctx.body = message;
  });

  router.post('/:messageId/regenerate', async (ctx) => {
    const body = bodyOf(ctx, regeneration);
    const { userId } = principalOf(ctx);
    const key = clientMessageIdOf(ctx, body.client_message_id);
    accepted(ctx, await messages.regenerate(userId, idOf(ctx, 'id'), idOf(ctx, 'messageId'), key));
  });

  return router;
}

function accepted(ctx: Context, { userMessage, message, duplicate, cursor, quota }: SendResult): void {
  if (quota) setQuota(ctx, quota);
  ctx.status = 202;
  ctx.body = { userMessage, message, duplicate, cursor };
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
