/** A clock and timers that move only with `pass`. */
export class VirtualTime {
  #now = 1_800_000_000_000;
  #timers: { at: number; fire: () => void }[] = [];

  readonly now = (): number => this.#now;

  readonly setTimer = (ms: number, fire: () => void): (() => void) => {
    const timer = { at: this.#now + ms, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get pending(): number {
    return this.#timers.length;
  }

  /** Lets `ms` pass: each timer fires at its time, and its consequences happen before the next one fires. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const next = this.#timers.reduce<{ at: number; fire: () => void } | undefined>(
        (first, timer) => (!first || timer.at < first.at ? timer : first),
        undefined,
      );
      if (!next || next.at > end) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
    this.#now = end;
  }

  /** The machine sleeps: time passes, and no timer fires until it wakes up. */
  sleep(ms: number): void {
    this.#now += ms;
  }
}

/** Resolves when every promise that can settle has settled: nothing in these tests waits for anything outside the process. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
