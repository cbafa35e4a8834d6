import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { OpenRateLimiter } from '../../kernel/rate-limiter.js';
import { RedisError } from '../redis/redis-error.js';
import type { RedisClient } from '../redis/topology.js';
import { rateLimiterOver } from './counter.js';
import { memoryLimiter } from './memory.js';

/**
 * Limiters that all gateways share. While Redis is down or refuses, each process counts in its memory, and `onError` is
 * told why. `client` must fail fast.
 */
export function redisRateLimiters(client: RedisClient, onError: (error: Error) => void): OpenRateLimiter {
  return (limit) => {
    const { name, points, seconds } = limit;
    const shared = new RateLimiterRedis({
      storeClient: client,
      keyPrefix: `veda:limit:${name}`,
      points,
      duration: seconds,
      // A command that waits for the connection would make a request wait with it.
      rejectIfRedisNotReady: true,
    });
    // Not the library's `insuranceLimiter`: it hides the error.
    const own = memoryLimiter(limit);
    return rateLimiterOver(limit, async (ask) => {
      try {
        return await ask(shared);
      } catch (cause) {
        onError(new RedisError('rate limit', cause));
        return ask(own);
      }
    });
  };
}
