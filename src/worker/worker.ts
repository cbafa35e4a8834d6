import type { JobSource } from '../generation/job-queue.js';
import { type LeasePorts, Leases } from './leases.js';
import { Places } from './places.js';
import type { Runner } from './runner.js';
import { Sweeper, type SweeperPorts } from './sweeper.js';

export interface WorkerPorts extends LeasePorts, Omit<SweeperPorts, 'store' | 'places'> {
  readonly runner: Runner;
  readonly source: JobSource;
  /** What sweeps ask. Apart from `store`, which renews leases: a slow sweep must not hold up a renewal. */
  readonly sweepStore: SweeperPorts['store'];
  /** How many generations run here at once. No more are claimed. */
  readonly concurrency: number;
}

/**
 * Makes answers. A job only wakes a worker. A worker with a free place asks Postgres for the next generation, until none
 * waits. So neither the order of the jobs nor a lost job matters.
 */
export class Worker {
  readonly #ports: WorkerPorts;
  readonly #leases: Leases;
  readonly #sweeper: Sweeper;
  readonly #places: Places;

  constructor(ports: WorkerPorts) {
    this.#ports = ports;
    this.#leases = new Leases(ports);
    this.#places = new Places(ports.runner, ports.concurrency);
    this.#sweeper = new Sweeper({ ...ports, store: ports.sweepStore, places: this.#places });
  }

  async start(): Promise<void> {
    const { source, concurrency } = this.#ports;
    await this.#leases.start();
    await source.start(concurrency, () => this.#places.work());
    this.#sweeper.start();
  }

  /** Takes nothing new, gives what runs `graceMs`, hands over the rest. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all([this.#ports.source.pause(), this.#sweeper.stop()]);
    await this.#ports.runner.drain(graceMs);
    await this.#leases.stop();
  }
}
