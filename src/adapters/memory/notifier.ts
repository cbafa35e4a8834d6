import type { Notifier, Topic, Unsubscribe } from '../../kernel/notifier.js';
import { Listeners } from '../listeners.js';

/** A notifier within a single process. */
export class MemoryNotifier implements Notifier {
  readonly #listeners = new Listeners<void>();
  readonly #pending = new Set<Topic>();

  /** Subscribers are called after the current task, so that the caller is not re-entered. */
  notify(topic: Topic): void {
    if (this.#pending.has(topic)) return;
    this.#pending.add(topic);
    queueMicrotask(() => {
      this.#pending.delete(topic);
      this.#listeners.call(topic);
    });
  }

  async subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe> {
    // A new function, so that the same one may subscribe twice.
    const listener = (): void => onNotify();
    this.#listeners.add(topic, listener);
    return () => this.#listeners.delete(topic, listener);
  }
}
