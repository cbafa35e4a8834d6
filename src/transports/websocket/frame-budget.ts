import type { Clock } from '../../generation/clock.js';

/** Far more than people, or clients that come back, ever send. */
const BURST = 10_000;
const PER_SECOND = 200;

/** How many frames a connection may send: many at once, fewer in the long run. */
export class FrameBudget {
  readonly #clock: Clock;
  #left = BURST;
  #filledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock.now();
  }

  /** False when there is nothing left. */
  spend(): boolean {
    const now = this.#clock.now();
    this.#left = Math.min(BURST, this.#left + ((now - this.#filledAt) / 1000) * PER_SECOND);
    this.#filledAt = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
