import type { Clock } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';

/** Enough for a person who tries all the passwords that they ever had. */
const PER_EMAIL = 10;
/** A large office behind one address, or all the world behind a proxy. */
const PER_ADDRESS = 1_000;
const WINDOW_MS = 15 * 60_000;
/** Bounds the memory that made-up emails can take; past it the oldest are forgotten. */
const REMEMBERED = 100_000;

interface Failures {
  readonly since: number;
  count: number;
}

/**
 * Bounds how fast passwords can be guessed: failed logins per email and per address, in this process. Successful
 * logins are not counted.
 */
export class FailedLogins {
  readonly #clock: Clock;
  /** In the order of `since`, so those to forget come first. */
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws AppError `rate_limited` after too many failures. */
  refuse(email: string, address: string): void {
    this.#forget();
    this.#refuse(`email:${email}`, PER_EMAIL);
    this.#refuse(`address:${address}`, PER_ADDRESS);
  }

  count(email: string, address: string): void {
    this.#count(`email:${email}`);
    this.#count(`address:${address}`);
  }

  #refuse(key: string, limit: number): void {
    const failures = this.#failures.get(key);
    if (!failures || failures.count < limit) return;
    const leftMs = failures.since + WINDOW_MS - this.#clock.now();
    throw new AppError('rate_limited', 'too many failed logins', { retryAfter: Math.ceil(leftMs / 1000) });
  }

  #count(key: string): void {
    const failures = this.#failures.get(key);
    if (failures) failures.count += 1;
    else this.#failures.set(key, { since: this.#clock.now(), count: 1 });
  }

  #forget(): void {
    const before = this.#clock.now() - WINDOW_MS;
    for (const [key, { since }] of this.#failures) {
      if (since > before && this.#failures.size <= REMEMBERED) return;
      this.#failures.delete(key);
    }
  }
}
