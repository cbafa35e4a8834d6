const FIRST_MS = 1000;
const MAX_MS = 30_000;

/**
 * Waits of 1, 2, 4, 8 … at most 30 s, with equal jitter: half of each wait is fixed and half is random. The fixed half keeps
 * clients from coming back at once; the random half keeps those that lost the same server from coming back together.
 */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** How long to wait before the next try, in ms. Not less than `retryAfter` seconds, which the server has asked for. */
  next(retryAfter = 0): number {
    const full = Math.min(FIRST_MS * 2 ** this.#failures, MAX_MS);
    this.#failures++;
    return Math.max(full / 2 + (full / 2) * this.#random(), retryAfter * 1000);
  }

  /** Whether nothing has failed since the last `reset`. */
  get isFresh(): boolean {
    return this.#failures === 0;
  }

  reset(): void {
    this.#failures = 0;
  }
}
