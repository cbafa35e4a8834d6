import type { Doorbell, Topic, Unlisten } from '../../generation/doorbell.js';
import { Listeners } from '../listeners.js';

/** The doorbell of a single process. */
export class MemoryDoorbell implements Doorbell {
  readonly #listeners = new Listeners<void>();
  readonly #rung = new Set<Topic>();

  /** Heard after the current task, so that who rings is never called back in the middle of what it does. */
  ring(topic: Topic): void {
    if (this.#rung.has(topic)) return;
    this.#rung.add(topic);
    queueMicrotask(() => {
      this.#rung.delete(topic);
      this.#listeners.call(topic);
    });
  }

  async listen(topic: Topic, onRing: () => void): Promise<Unlisten> {
    // A function of its own, so that the same one may listen twice.
    const listener = (): void => onRing();
    this.#listeners.add(topic, listener);
    return () => this.#listeners.delete(topic, listener);
  }
}
