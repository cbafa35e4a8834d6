import type { Clock } from './clock.js';
import type { Doorbell, Topic, Unlisten } from './doorbell.js';

/** A doorbell that remembers: a ring between two waits ends the second one at once. */
export class Bell {
  readonly #clock: Clock;
  #rung = false;
  #wake: (() => void) | undefined;
  #unlisten: Unlisten = () => {};

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when no later ring can be missed. */
  static async at(doorbell: Doorbell, topic: Topic, clock: Clock): Promise<Bell> {
    const bell = new Bell(clock);
    bell.#unlisten = await doorbell.listen(topic, () => {
      bell.#rung = true;
      bell.#wake?.();
    });
    return bell;
  }

  /** Whether it was rung since it was last asked or waited for. */
  answer(): boolean {
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }

  /** Resolves at a ring, after `ms`, or when `signal` aborts. Says whether it was a ring. */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal.aborted) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await this.#clock.sleep(ms, AbortSignal.any([signal, woken.signal]));
      this.#wake = undefined;
    }
    return this.answer();
  }

  close(): void {
    this.#unlisten();
  }
}
