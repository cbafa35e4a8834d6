import { createHash } from 'node:crypto';
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { Quota } from '../../kernel/quota.js';
import type { RateLimit, RateLimiter } from '../../kernel/rate-limiter.js';

/** Makes a `RateLimiter` of a limiter of the library. `count` must not reject for a limit that is reached. */
export function rateLimiterOver(
  limit: RateLimit,
  count: <T>(ask: (limiter: RateLimiterAbstract) => Promise<T>) => Promise<T>,
): RateLimiter {
  const { points } = limit;
  return {
    async consume(key) {
      // `penalty` counts as the library's `consume` does, but does not reject when the limit is reached.
      const counted = await count((limiter) => limiter.penalty(digest(key)));
      return quotaOf(limit, counted, counted.consumedPoints <= points);
    },
    async peek(key) {
      const counted = await count((limiter) => limiter.get(digest(key)));
      return quotaOf(limit, counted, counted === null || counted.consumedPoints < points);
    },
    async giveBack(key) {
      await count((limiter) => limiter.reward(digest(key)));
    },
  };
}

function quotaOf(
  { name, points, seconds }: RateLimit,
  counted: RateLimiterRes | null,
  allowed: boolean,
): Quota {
  const used = Math.max(0, counted?.consumedPoints ?? 0);
  const leftMs = counted?.msBeforeNext ?? seconds * 1000;
  return {
    name,
    allowed,
    limit: points,
    remaining: Math.max(0, points - used),
    resetSeconds: Math.max(1, Math.ceil(leftMs / 1000)),
  };
}

/** Keys hold emails and addresses, which must not stand in a store in clear. A digest also bounds their length. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
