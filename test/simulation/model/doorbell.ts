import type { Doorbell, Topic, Unlisten } from '../../../src/generation/doorbell.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import type { Exchange } from './exchange.js';

/** The doorbell as one process has it. */
export class ModelDoorbell implements Doorbell {
  readonly #exchange: Exchange;
  readonly #network: Network;
  readonly #process: Process;

  constructor(exchange: Exchange, network: Network, process: Process) {
    this.#exchange = exchange;
    this.#network = network;
    this.#process = process;
  }

  ring(topic: Topic): void {
    this.#exchange.ring(topic);
  }

  async listen(topic: Topic, onRing: () => void): Promise<Unlisten> {
    await this.#process.sleep(this.#network.delay());
    return this.#exchange.listen(topic, this.#process, onRing);
  }
}
