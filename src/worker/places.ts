import { Semaphore } from '../kernel/semaphore.js';
import type { Runner } from './runner.js';

/** Where generations run: so many at once in this worker, and no more are claimed. */
export class Places {
  readonly #runner: Runner;
  readonly #places: Semaphore;
  readonly count: number;

  constructor(runner: Runner, count: number) {
    this.#runner = runner;
    this.count = count;
    this.#places = new Semaphore(count);
  }

  /** How many generations could start at once. */
  get free(): number {
    return this.#places.free;
  }

  /** Takes one place, and runs there one generation after another until nothing waits. Never rejects. */
  async work(onClaimed?: () => void): Promise<void> {
    await this.#places.run(async () => {
      while (await this.#runner.runNext(onClaimed)) {
        // The place goes to what is next.
      }
    });
  }

  /** Takes one free place after another, for as long as each finds something to run. Returns at once. */
  fill(): void {
    if (this.free > 0) void this.work(() => this.fill());
  }
}
