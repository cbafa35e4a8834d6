import type { Context } from 'koa';
import type { Quota } from '../../kernel/quota.js';

/** Tells a client how much of its limit is left (draft-ietf-httpapi-ratelimit-headers-03). */
export function setQuota(ctx: Context, { limit, remaining, resetSeconds }: Quota): void {
  ctx.set('RateLimit-Limit', String(limit));
  ctx.set('RateLimit-Remaining', String(remaining));
  ctx.set('RateLimit-Reset', String(resetSeconds));
}
