import type { Clock } from './clock.js';
import type { Notifier, Topic, Unsubscribe } from './notifier.js';

/** A notifier that remembers: a ring between two waits ends the second one at once. */
export class WakeSignal {
  readonly #clock: Clock;
  #rung = false;
  #wake: (() => void) | undefined;
  #unsubscribe: Unsubscribe = () => {};

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when no later ring can be missed. */
  static async subscribe(notifier: Notifier, topic: Topic, clock: Clock): Promise<WakeSignal> {
    const signal = new WakeSignal(clock);
    signal.#unsubscribe = await notifier.subscribe(topic, () => {
      signal.#rung = true;
      signal.#wake?.();
    });
    return signal;
  }

  /** Whether it was rung since it was last asked or waited for. */
  consume(): boolean {
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
    return this.consume();
  }

  close(): void {
    this.#unsubscribe();
  }
}
