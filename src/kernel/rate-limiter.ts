import { AppError } from './errors.js';
import type { Quota } from './quota.js';

/** How often something may be done: `points` times in a window of `seconds`, which begins with the first time. */
export interface RateLimit {
  /** What is limited; part of the key in the store. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

/**
 * Counts one kind of action by key: a user's id, an address. No method rejects: while the store is down, each process
 * counts for itself, since a limiter that fails must not refuse everybody.
 */
export interface RateLimiter {
  /** Counts one. `allowed` says whether this one was still within the limit. */
  consume(key: string): Promise<Quota>;
  /** Counts nothing. `allowed` says whether one more is within the limit. */
  peek(key: string): Promise<Quota>;
  /** Takes back one that was counted and did not happen. */
  giveBack(key: string): Promise<void>;
}

/** Makes the limiter of one limit. */
export type OpenRateLimiter = (limit: RateLimit) => RateLimiter;

/** The refusal of what is over its limit. */
export function overLimit(message: string, quota: Quota): AppError {
  return new AppError('rate_limited', message, { retryAfter: quota.resetSeconds, quota });
}
