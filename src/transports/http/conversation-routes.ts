import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { AccountLimits } from '../../account/account-limits.js';
import type { Conversations } from '../../conversation/conversations.js';
import { conversationPage, conversationPatch, newConversation } from '../../schemas/message-schemas.js';
import { parse } from '../../schemas/validate.js';
import { principalOf } from '../request/authenticate.js';
import { bodyOf } from '../request/body.js';
import { idOf } from '../request/ids.js';
import { setQuota } from '../request/quota.js';

export interface ConversationRoutesOptions {
  readonly conversations: Conversations;
  readonly limits: AccountLimits;
  readonly authenticate: Middleware;
}

/** Conversations as a resource (docs/protocol.md, "REST"). */
export function conversationRoutes({
  conversations,
  limits,
  authenticate,
}: ConversationRoutesOptions): Router {
  const router = new Router({ prefix: '/api/conversations' });
  router.use(authenticate);

  router.post('/', async (ctx) => {
    const { title } = bodyOf(ctx, newConversation);
    const { userId } = principalOf(ctx);
    setQuota(ctx, await limits.consume('conversations', userId));
    ctx.status = 201;
    ctx.body = await conversations.create(userId, title);
  });

  router.get('/', async (ctx) => {
    const { limit, cursor, archived } = parse(conversationPage, ctx.query);
    ctx.body = await conversations.list(principalOf(ctx).userId, limit, cursor, archived);
  });

  router.get('/:id', async (ctx) => {
    ctx.body = await conversations.find(principalOf(ctx).userId, idOf(ctx, 'id'));
  });

  router.patch('/:id', async (ctx) => {
    const change = bodyOf(ctx, conversationPatch);
    ctx.body = await conversations.change(principalOf(ctx).userId, idOf(ctx, 'id'), change);
  });

  router.delete('/:id', async (ctx) => {
    await conversations.remove(principalOf(ctx).userId, idOf(ctx, 'id'));
    ctx.status = 204;
  });

  return router;
}
