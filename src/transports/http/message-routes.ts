import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { MessageHistory } from '../../conversation/history.js';
import type { Sending, Sent } from '../../conversation/sending.js';
import { messagePage, noBody, regeneration } from '../../protocol/message-schemas.js';
import { parse } from '../../protocol/validate.js';
import { principalOf } from '../request/authenticate.js';
import { bodyOf } from '../request/body.js';
import { idOf } from '../request/ids.js';
import { clientMessageIdOf, sendOf } from '../request/send-request.js';

export interface MessageRoutesOptions {
  readonly sending: Sending;
  readonly history: MessageHistory;
  readonly authenticate: Middleware;
  /** How long the waiting chat waits when the client does not say, in seconds. */
  readonly chatWaitSeconds: number;
}

/** Longest wait that a client may ask for, in seconds. */
const MAX_WAIT_SECONDS = 300;

/** Messages over plain REST: send, send and wait, stop, regenerate, read (docs/protocol.md, "REST"). */
export function messageRoutes(options: MessageRoutesOptions): Router {
  const { sending, history } = options;
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
    accepted(ctx, await sending.send(principalOf(ctx).userId, idOf(ctx, 'id'), sendOf(ctx)));
  });

  router.post('/chat', async (ctx) => {
    const { userId } = principalOf(ctx);
    const sent = await sending.send(userId, idOf(ctx, 'id'), sendOf(ctx));
    const { userMessage, duplicate, ref } = sent;
    const message = await sending.ended(userId, ref, waitOf(ctx, options.chatWaitSeconds));
    if (message.completedAt === undefined) {
      ctx.status = 202;
      ctx.set('Location', `/api/conversations/${ref.conversationId}/messages/${ref.messageId}`);
      ctx.set('Retry-After', '1');
    }
    ctx.body = { userMessage, message, duplicate };
  });

  router.post('/:messageId/stop', async (ctx) => {
    bodyOf(ctx, noBody);
    const { userId } = principalOf(ctx);
    const { message, ended } = await sending.stop(userId, idOf(ctx, 'id'), idOf(ctx, 'messageId'));
    ctx.status = ended ? 200 : 202;
    ctx.body = message;
  });

  router.post('/:messageId/regenerate', async (ctx) => {
    const body = bodyOf(ctx, regeneration);
    const { userId } = principalOf(ctx);
    const key = clientMessageIdOf(ctx, body.client_message_id);
    accepted(ctx, await sending.regenerate(userId, idOf(ctx, 'id'), idOf(ctx, 'messageId'), key));
  });

  return router;
}

function accepted(ctx: Context, { userMessage, message, duplicate, cursor }: Sent): void {
  ctx.status = 202;
  ctx.body = { userMessage, message, duplicate, cursor };
}

/** Aborts when the client has waited long enough (`Prefer: wait=N`, RFC 7240), or has gone. */
function waitOf(ctx: Context, seconds: number): AbortSignal {
  const asked = /(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])/i.exec(ctx.get('prefer'))?.[1];
  const wait = Math.min(asked === undefined ? seconds : Number(asked), MAX_WAIT_SECONDS);
  const over = new AbortController();
  const end = (): void => over.abort();
  // Not AbortSignal.timeout within AbortSignal.any: Node 20 collects it as garbage, and then it never fires.
  const timer = setTimeout(end, wait * 1000);
  over.signal.addEventListener('abort', () => clearTimeout(timer));
  ctx.res.once('close', end);
  // A client that went before this line will not be heard to go.
  if (ctx.res.closed) end();
  return over.signal;
}
