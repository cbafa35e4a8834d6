import type { JobSource } from '../generation/job-queue.js';
import { Semaphore } from '../kernel/semaphore.js';
import { type LeasePorts, Leases } from './leases.js';
import type { Runner } from './runner.js';
import { Sweeper, type SweeperPorts } from './sweeper.js';

export interface WorkerPorts extends LeasePorts, Omit<SweeperPorts, 'places'> {
  readonly runner: Runner;
  readonly source: JobSource;
  /** How many generations run here at once. */
  readonly concurrency: number;
}

/** Makes answers: takes jobs, keeps its leases, sweeps. */
export class Worker {
  readonly #ports: WorkerPorts;
  readonly #leases: Leases;
  readonly #sweeper: Sweeper;
  readonly #places: Semaphore;

  constructor(ports: WorkerPorts) {
    this.#ports = ports;
    this.#leases = new Leases(ports);
    this.#places = new Semaphore(ports.concurrency);
    this.#sweeper = new Sweeper({ ...ports, places: this.#places });
  }

  async start(): Promise<void> {
    const { source, runner, concurrency } = this.#ports;
    await this.#leases.start();
    await source.start(concurrency, (ref) => this.#places.run(() => runner.run(ref)));
    this.#sweeper.start();
  }

  /** Takes nothing new, gives what runs `graceMs`, hands over the rest. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all([this.#ports.source.pause(), this.#sweeper.stop()]);
    await this.#ports.runner.drain(graceMs);
    await this.#leases.stop();
  }
}
