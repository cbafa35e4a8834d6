import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { z } from 'zod';
import type { AccountLimits } from '../../account/account-limits.js';
import type { Search } from '../../conversation/search.js';
import { searchBody, searchQuery } from '../../schemas/message-schemas.js';
import { parse } from '../../schemas/validate.js';
import { principalOf } from '../request/authenticate.js';
import { bodyOf } from '../request/body.js';
import { setQuota } from '../request/quota.js';

export interface SearchRoutesOptions {
  readonly search: Search;
  readonly limits: AccountLimits;
  readonly authenticate: Middleware;
}

/** Search over the own conversations (docs/protocol.md, "Search"). */
export function searchRoutes({ search, limits, authenticate }: SearchRoutesOptions): Router {
  const router = new Router();

  const answer = async (ctx: Context, { q, limit, cursor }: z.output<typeof searchQuery>): Promise<void> => {
    const { userId } = principalOf(ctx);
    setQuota(ctx, await limits.consume('searches', userId));
    ctx.body = await search.page(userId, q, limit, cursor);
  };

  router.get('/api/search', authenticate, (ctx) => answer(ctx, parse(searchQuery, ctx.query)));
  // A proxy on the way may log addresses, and what a patient looks for is about their health.
  router.post('/api/search', authenticate, (ctx) => answer(ctx, bodyOf(ctx, searchBody)));

  return router;
}
