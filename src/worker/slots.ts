/** How many generations may run here at once, whoever brings them. First come, first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** How many more may begin at once. */
  get free(): number {
    return this.#free;
  }

  /** Runs `work` in a slot, when there is one. */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      // Handed on without being free in between, or a newcomer would take it.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
