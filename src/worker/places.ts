import { Semaphore } from '../kernel/semaphore.js';
import type { Runner } from './runner.js';
import { Shares } from './shares.js';

/** Bounds how many generations run at once in this worker. No more are claimed than can run. */
export class Places {
  readonly #runner: Runner;
  readonly #places: Semaphore;
  readonly #shares: Shares;
  readonly count: number;

  constructor(runner: Runner, count: number) {
    this.#runner = runner;
    this.count = count;
    this.#places = new Semaphore(count);
    this.#shares = new Shares(count);
  }

  /** How many generations could start at once. */
  get free(): number {
    return this.#places.free;
  }

  /** Takes one place, and runs one generation after another in it until none may run. Never rejects. */
  async work(onClaimed?: () => void): Promise<void> {
    await this.#places.run(async () => {
      while (await this.#runner.runNext(this.#shares, onClaimed)) {
        // The place goes to the next generation.
      }
    });
  }

  /** Takes one free place after another, for as long as each finds something to run. Returns at once. */
  fill(): void {
    if (this.free > 0) void this.work(() => this.fill());
  }
}
