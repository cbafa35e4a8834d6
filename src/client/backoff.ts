const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * Pauses of 1, 2, 4, 8 … at most 30 s with equal jitter: half of each is fixed and half is random. So nobody comes back at
 * once, and those who lost the same server do not come back together.
 */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** How long to wait before the next try, in ms, and not less than the server asked for, in seconds. */
  next(retryAfter = 0): number {
    const whole = Math.min(FIRST_MS * 2 ** this.#failures, LONGEST_MS);
    this.#failures++;
    return Math.max(whole / 2 + (whole / 2) * this.#random(), retryAfter * 1000);
  }

  /** Whether nothing failed since the last `reset`. */
  get fresh(): boolean {
    return this.#failures === 0;
  }

  reset(): void {
    this.#failures = 0;
  }
}
