import type { Notifier, Topic, Unsubscribe } from '../../../src/kernel/notifier.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import type { Exchange } from './exchange.js';

/** The notifier as one process has it. */
export class ModelNotifier implements Notifier {
  readonly #exchange: Exchange;
  readonly #network: Network;
  readonly #process: Process;

  constructor(exchange: Exchange, network: Network, process: Process) {
    this.#exchange = exchange;
    this.#network = network;
    this.#process = process;
  }

  notify(topic: Topic): void {
    this.#exchange.ring(topic);
  }

  async subscribe(topic: Topic, onNotify: () => void): Promise<Unsubscribe> {
    await this.#process.sleep(this.#network.delay());
    return this.#exchange.listen(topic, this.#process, onNotify);
  }
}
