import type { Quota } from '../kernel/quota.js';
import { type OpenRateLimiter, overLimit, type RateLimit, type RateLimiter } from '../kernel/rate-limiter.js';
import type { SecurityLog } from '../kernel/security-log.js';

/** In one process, or shared by all gateways (docs/decisions/017-rate-limits.md). */
const LIMITS = {
  /** Accounts made from one address: a clinic behind one address registers its people in a morning. */
  registrations: { points: 200, seconds: 600 },
  /** Registrations of a taken email from one address: each tells who has an account. */
  takenEmails: { points: 60, seconds: 900 },
  /** Only on loopback, where a page or a test makes them. */
  demoUsers: { points: 600, seconds: 600 },
  /** Refresh tokens from one address that are not good. Good ones are not limited: many people share an address. */
  failedRefreshes: { points: 300, seconds: 60 },
  /** Tickets of one user: one for each stream that a tab opens or opens anew. */
  tickets: { points: 600, seconds: 60 },
  /** Each reads all that a user has written. */
  exports: { points: 20, seconds: 600 },
} satisfies Record<string, Omit<RateLimit, 'name'>>;

export type AccountLimit = keyof typeof LIMITS;

/** The limits of what a user or an address may do with accounts. */
export class AccountLimits {
  readonly #limiters: Readonly<Record<AccountLimit, RateLimiter>>;
  readonly #security: SecurityLog;

  constructor(open: OpenRateLimiter, security: SecurityLog) {
    const limiters = Object.entries(LIMITS).map(([name, limit]) => [name, open({ name, ...limit })]);
    this.#limiters = Object.fromEntries(limiters) as Record<AccountLimit, RateLimiter>;
    this.#security = security;
  }

  /** Counts one. @throws AppError `rate_limited` when it is over the limit. */
  async consume(limit: AccountLimit, key: string): Promise<Quota> {
    return this.#allowed(await this.#limiters[limit].consume(key));
  }

  /** Counts nothing. @throws AppError `rate_limited` when the limit is reached. */
  async require(limit: AccountLimit, key: string): Promise<Quota> {
    return this.#allowed(await this.#limiters[limit].peek(key));
  }

  #allowed(quota: Quota): Quota {
    if (quota.allowed) return quota;
    this.#security.note('limit reached', { limit: quota.name });
    throw overLimit('too many requests of this kind', quota);
  }
}
