import type { Notifier, Topic, Unsubscribe } from '../../kernel/notifier.js';
import { Listeners } from '../listeners.js';

/** The notifier of a single process. */
export class MemoryNotifier implements Notifier {
  readonly #listeners = new Listeners<void>();
  readonly #rung = new Set<Topic>();

  /** Heard after the current task, so that who rings is never called back in the middle of what it does. */
  notify(topic: Topic): void {
    if (this.#rung.has(topic)) return;
    this.#rung.add(topic);
    queueMicrotask(() => {
      this.#rung.delete(topic);
      this.#listeners.call(topic);
    });
  }

  async subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe> {
    // A function of its own, so that the same one may listen twice.
    const listener = (): void => onNotify();
    this.#listeners.add(topic, listener);
    return () => this.#listeners.delete(topic, listener);
  }
}
