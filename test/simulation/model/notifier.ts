import type { Notifier, Topic, Unsubscribe } from '../../../src/kernel/notifier.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import type { PubSub } from './pub-sub.js';

/** The notifier as one process has it. */
export class ModelNotifier implements Notifier {
  readonly #pubSub: PubSub;
  readonly #network: Network;
  readonly #process: Process;

  constructor(pubSub: PubSub, network: Network, process: Process) {
    this.#pubSub = pubSub;
    this.#network = network;
    this.#process = process;
  }

  notify(topic: Topic): void {
    this.#pubSub.publish(topic);
  }

  async subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe> {
    await this.#process.sleep(this.#network.delay());
    return this.#pubSub.subscribe(topic, this.#process, onNotify);
  }
}
