import type { Network } from '../network.js';
import type { Process } from '../process.js';

interface Subscriber {
  readonly process: Process;
  readonly onNotify: () => void;
}

/** Carries notifications to subscribers: late, out of order, twice, or not at all. */
export class PubSub {
  readonly #network: Network;
  readonly #subscribers = new Map<string, Set<Subscriber>>();

  constructor(network: Network) {
    this.#network = network;
  }

  subscribe(topic: string, process: Process, onNotify: () => void): () => void {
    const subscriber = { process, onNotify };
    const subscribers = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, subscribers.add(subscriber));
    return () => subscribers.delete(subscriber);
  }

  publish(topic: string): void {
    const { random, faultRates, calm, scheduler } = this.#network;
    for (const { process, onNotify } of this.#subscribers.get(topic) ?? []) {
      if (!process.alive) continue;
      if (!calm && random.chance(faultRates.lostNotifications)) continue;
      const times = !faultRates.mild && random.chance(0.05) ? 2 : 1;
      for (let time = 0; time < times; time++) {
        scheduler.after(this.#network.delay(), () => process.reach(onNotify));
      }
    }
  }
}
