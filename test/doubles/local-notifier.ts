import type { Notifier, Topic, Unsubscribe } from '../../src/kernel/notifier.js';

/** Rings within one process, at once. */
export class LocalDoorbell implements Notifier {
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly rung: Topic[] = [];

  notify(topic: Topic): void {
    this.rung.push(topic);
    for (const listener of this.#listeners.get(topic) ?? []) listener();
  }

  async subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe> {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(onNotify));
    return () => listeners.delete(onNotify);
  }
}
