import type { Clock } from '../kernel/clock.js';

/** Calls all its members at the same interval and moment, so that their requests go out together. Runs only while it has members. */
export class Ticker {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #members = new Set<() => void>();
  #stopped = new AbortController();

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  join(member: () => void): void {
    this.#members.add(member);
    if (this.#members.size > 1) return;
    this.#stopped = new AbortController();
    void this.#run(this.#stopped.signal);
  }

  leave(member: () => void): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.#stopped.abort();
  }

  async #run(stopped: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep(this.#ms, stopped);
      if (stopped.aborted) return;
      for (const member of this.#members) member();
    }
  }
}
