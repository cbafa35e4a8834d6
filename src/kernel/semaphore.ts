/** Lets at most `permits` pieces of work run at a time. The others wait, first come, first served. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(permits: number) {
    this.#free = permits;
  }

  /** How many pieces of work could start at once. */
  get free(): number {
    return this.#free;
  }

  /** How many pieces of work wait for a permit. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs `work` when a permit is free, and gives the permit back when it settles. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The permit goes to the next in line without becoming free, so that a newcomer cannot take it.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
