import type { Clock } from './clock.js';
import type { Notifier, Topic, Unsubscribe } from './notifier.js';

/** A subscription to topics that remembers: a notification between two waits ends the second wait at once. */
export class WakeSignal {
  readonly #clock: Clock;
  #notified = false;
  #wake: (() => void) | undefined;
  #unsubscribes: Unsubscribe[] = [];

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when no later notification can be missed. */
  static async subscribe(
    notifier: Notifier,
    topics: Topic | readonly Topic[],
    clock: Clock,
  ): Promise<WakeSignal> {
    const signal = new WakeSignal(clock);
    const subscriptions = [topics].flat().map((topic) =>
      notifier.subscribe(topic, () => {
        signal.#notified = true;
        signal.#wake?.();
      }),
    );
    signal.#unsubscribes = await Promise.all(subscriptions);
    return signal;
  }

  /** Whether a notification came since the last `consume` or `wait`. */
  consume(): boolean {
    const notified = this.#notified;
    this.#notified = false;
    return notified;
  }

  /** Resolves at a notification (true), after `ms`, or when `signal` aborts (false). */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#notified && !signal.aborted) {
      const woken = new AbortController();
      // With a reason: without one Node makes an exception with its stack, for every wait.
      const wake = () => woken.abort('woken');
      this.#wake = wake;
      // Not AbortSignal.any: it leaks memory on a signal that outlives many waits.
      signal.addEventListener('abort', wake, { once: true });
      await this.#clock.sleep(ms, woken.signal);
      signal.removeEventListener('abort', wake);
      this.#wake = undefined;
    }
    return this.consume();
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }
}
