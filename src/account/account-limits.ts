import type { Quota } from '../kernel/quota.js';
import { type OpenRateLimiter, overLimit, type RateLimit, type RateLimiter } from '../kernel/rate-limiter.js';
import type { SecurityLog } from '../kernel/security-log.js';

/** Limits that nobody sets. Counted in one process, or shared by all gateways (docs/decisions/017-rate-limits.md). */
const FIXED = {
  /** Registrations of a taken email from one address: each tells who has an account. */
  takenEmails: { points: 60, seconds: 900 },
  /** Only on loopback, where a page or a test makes them. */
  demoUsers: { points: 600, seconds: 600 },
  /** Refresh tokens from one address that are not known. Others come through, whoever shares the address. */
  failedRefreshes: { points: 300, seconds: 60 },
  /** Each reads all that a user has written. */
  exports: { points: 20, seconds: 600 },
  /** Of one user: a page searches while its user types. */
  searches: { points: 240, seconds: 60 },
} satisfies Record<string, Omit<RateLimit, 'name'>>;

/** Limits that an operator sets, in times a minute. */
export interface PerMinute {
  /** Accounts made from one address: a clinic behind one address registers its people in a morning. */
  readonly registrations: number;
  /** Refresh tokens that one user uses up. */
  readonly refreshes: number;
  /** Tickets of one user: one for each stream that a tab opens or opens anew. */
  readonly tickets: number;
  /** Conversations that one user makes. */
  readonly conversations: number;
  /** Files of one user: each is decoded, which takes a core for a moment. */
  readonly uploads: number;
}

export type AccountLimit = keyof typeof FIXED | keyof PerMinute;

/** The limits of what a user or an address may do, but for messages and failed sign-ins. */
export class AccountLimits {
  readonly #limiters: Readonly<Record<AccountLimit, RateLimiter>>;
  readonly #security: SecurityLog;

  constructor(open: OpenRateLimiter, security: SecurityLog, perMinute: PerMinute) {
    const set = Object.entries(perMinute).map(([name, points]) => [name, { points, seconds: 60 }] as const);
    const limiters = [...Object.entries(FIXED), ...set].map(([name, limit]) => [
      name,
      open({ name, ...limit }),
    ]);
    this.#limiters = Object.fromEntries(limiters) as Record<AccountLimit, RateLimiter>;
    this.#security = security;
  }

  /** Counts one. @throws AppError `rate_limited` when it is over the limit. */
  async consume(limit: AccountLimit, key: string): Promise<Quota> {
    return this.#allowed(await this.#limiters[limit].consume(key));
  }

  /** Counts nothing and refuses nothing. */
  peek(limit: AccountLimit, key: string): Promise<Quota> {
    return this.#limiters[limit].peek(key);
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
