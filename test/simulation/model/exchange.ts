import type { Network } from '../network.js';
import type { Process } from '../process.js';

interface Listener {
  readonly process: Process;
  readonly onNotify: () => void;
}

/** Carries rings to those who listen: late, out of order, twice, or not at all. */
export class Exchange {
  readonly #network: Network;
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(network: Network) {
    this.#network = network;
  }

  listen(topic: string, process: Process, onNotify: () => void): () => void {
    const listener = { process, onNotify };
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  ring(topic: string): void {
    const { random, faultRates, calm, scheduler } = this.#network;
    for (const { process, onNotify } of this.#listeners.get(topic) ?? []) {
      if (!process.alive) continue;
      if (!calm && random.chance(faultRates.lostRings)) continue;
      const times = !faultRates.mild && random.chance(0.05) ? 2 : 1;
      for (let time = 0; time < times; time++) {
        scheduler.after(this.#network.delay(), () => process.reach(onNotify));
      }
    }
  }
}
