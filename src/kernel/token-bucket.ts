import type { Clock } from './clock.js';

export interface TokenBucketOptions {
  /** How many tokens it holds when full; it starts full. */
  readonly capacity: number;
  /** How many tokens it regains in a second. */
  readonly perSecond: number;
}

/** Limits a rate: bursts of up to `capacity`, `perSecond` in the long run. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #filledAt: number;

  constructor(clock: Clock, options: TokenBucketOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#tokens = options.capacity;
    this.#filledAt = clock.now();
  }

  /** Takes a token. False when there is none. */
  take(): boolean {
    const { capacity, perSecond } = this.#options;
    const now = this.#clock.now();
    this.#tokens = Math.min(capacity, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
