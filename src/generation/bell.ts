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
      const wake = () => woken.abort();
      this.#wake = wake;
      // Not AbortSignal.any: it leaves something behind on a signal that outlives many waits.
      signal.addEventListener('abort', wake, { once: true });
      await this.#clock.sleep(ms, woken.signal);
      signal.removeEventListener('abort', wake);
      this.#wake = undefined;
    }
    return this.answer();
  }

  close(): void {
    this.#unlisten();
  }
}
