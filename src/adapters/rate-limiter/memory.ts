import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RateLimit, RateLimiter } from '../../kernel/rate-limiter.js';
import { rateLimiterOver } from './counter.js';

/** A limiter that counts in this process. */
export function memoryRateLimiter(limit: RateLimit): RateLimiter {
  const limiter = memoryLimiter(limit);
  return rateLimiterOver(limit, (ask) => ask(limiter));
}

export function memoryLimiter({ name, points, seconds }: RateLimit): RateLimiterMemory {
  return new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
}
