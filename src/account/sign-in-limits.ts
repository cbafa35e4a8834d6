import type { Quota } from '../kernel/quota.js';
import { type OpenRateLimiter, overLimit, type RateLimiter } from '../kernel/rate-limiter.js';
import type { SecurityLog } from '../kernel/security-log.js';

/** Failures of one account from one address: enough for a person who tries all the passwords that they ever had. */
const PAIR = { name: 'failedSignIns', points: 15, seconds: 300 };
/** Failures from one address, over all accounts: a large office, or one attacker who tries one password everywhere. */
const ADDRESS = { name: 'failedSignInsOfAddress', points: 200, seconds: 300 };
/** Whether an account has signed in from an address within two weeks. A limiter is the store of it: it forgets by itself. */
const FAMILIAR = { name: 'familiarAddress', points: 1, seconds: 14 * 24 * 60 * 60 };

/** Who tries to sign in, and from where. */
export interface SignInAttempt {
  readonly email: string;
  readonly address: string;
}

/** An attempt that may go on. */
export interface Admission {
  readonly quota: Quota;
  /** In whose name its password waits to be checked. */
  readonly source: string;
}

/**
 * Slows down who guesses passwords, and nobody else. Failures are counted for an account from an address, and for an
 * address; never for an account alone, or anybody could lock its owner out.
 *
 * Example: an attacker guesses Ada's password from address X. After 15 failures Ada's account is closed to X for up to
 * five minutes; Ada signs in from Y. The attacker goes on with other accounts; after 200 failures X is closed, but not
 * to Grace, who has signed in from X before (they share a proxy).
 */
export class SignInLimits {
  readonly #pair: RateLimiter;
  readonly #address: RateLimiter;
  readonly #familiar: RateLimiter;
  readonly #security: SecurityLog;

  constructor(open: OpenRateLimiter, security: SecurityLog) {
    this.#pair = open(PAIR);
    this.#address = open(ADDRESS);
    this.#familiar = open(FAMILIAR);
    this.#security = security;
  }

  /** @throws AppError `rate_limited` after too many failures. */
  async admit(attempt: SignInAttempt): Promise<Admission> {
    const pair = pairOf(attempt);
    const [quota, ofAddress, familiarity] = await Promise.all([
      this.#pair.peek(pair),
      this.#address.peek(attempt.address),
      this.#familiar.peek(pair),
    ]);
    const familiar = !familiarity.allowed;
    if (!quota.allowed) throw this.#refusal(quota);
    if (!ofAddress.allowed && !familiar) throw this.#refusal(ofAddress);
    return { quota, source: familiar ? pair : attempt.address };
  }

  /** Counts a failure. @throws AppError `rate_limited` when it came after the last one that was allowed. */
  async fail(attempt: SignInAttempt): Promise<void> {
    const [quota] = await Promise.all([
      this.#pair.consume(pairOf(attempt)),
      this.#address.consume(attempt.address),
    ]);
    if (!quota.allowed) throw this.#refusal(quota);
  }

  /** Remembers where an account has signed in from. */
  async succeed(attempt: SignInAttempt): Promise<void> {
    await this.#familiar.consume(pairOf(attempt));
  }

  #refusal(quota: Quota): Error {
    this.#security.note('limit reached', { limit: quota.name });
    return overLimit('too many failed logins', quota);
  }
}

/** An email has no space. */
function pairOf({ email, address }: SignInAttempt): string {
  return `${email} ${address}`;
}
