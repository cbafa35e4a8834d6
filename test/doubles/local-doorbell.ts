import type { Doorbell, Topic, Unlisten } from '../../src/generation/doorbell.js';

/** Rings within one process, at once. */
export class LocalDoorbell implements Doorbell {
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly rung: Topic[] = [];

  ring(topic: Topic): void {
    this.rung.push(topic);
    for (const listener of this.#listeners.get(topic) ?? []) listener();
  }

  async listen(topic: Topic, onRing: () => void): Promise<Unlisten> {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(onRing));
    return () => listeners.delete(onRing);
  }
}
