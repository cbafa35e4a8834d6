import type { Notifier, Topic, Unsubscribe } from '../../src/kernel/notifier.js';

/** Notifies within one process, at once. */
export class LocalNotifier implements Notifier {
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly notified: Topic[] = [];

  notify(topic: Topic): void {
    this.notified.push(topic);
    for (const listener of this.#listeners.get(topic) ?? []) listener();
  }

  async subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe> {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(onNotify));
    return () => listeners.delete(onNotify);
  }
}
