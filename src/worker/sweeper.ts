import type { GenerationRef } from '../generation/generation-log.js';
import type { GenerationStore } from '../generation/generation-store.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { Loop } from '../kernel/loop.js';
import type { Metrics } from '../kernel/metrics.js';
import type { Places } from './places.js';
import type { Runner } from './runner.js';

export interface SweeperPorts {
  readonly store: GenerationStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runner: Runner;
  readonly leaseMs: number;
  readonly places: Places;
  readonly metrics?: Metrics | undefined;
}

/** How often the rows are looked at, in ms. */
const SWEEP_MS = 1000;
/** How long an end may stay unannounced before somebody else announces it, in ms. */
const ANNOUNCE_MS = 5000;
const ANNOUNCE_LIMIT = 100;

/**
 * Finds generations that nobody works on: they were never enqueued, were lost with the queue, or were left by a dead worker.
 * Also finds those that ended in the row but not in the log. Any number of sweepers may run; the claim decides between them.
 */
export class Sweeper {
  readonly #ports: SweeperPorts;
  readonly #loop = new Loop();
  #notBefore = 0;
  #announcing = false;

  constructor(ports: SweeperPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#loop.start((signal) => this.#round(signal));
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { clock, logger, leaseMs } = this.#ports;
    await clock.sleep(SWEEP_MS, signal);
    if (signal.aborted) return;
    try {
      await this.#sweep();
    } catch (error) {
      // Leases ran out while Postgres was down. Their holders get one lease's time to renew them.
      this.#notBefore = clock.now() + leaseMs;
      logger.warn('not swept', { error });
    }
  }

  async #sweep(): Promise<void> {
    const { store, runner, clock, places, metrics } = this.#ports;
    const unclosed = this.#announcing ? [] : await store.unclosed(ANNOUNCE_MS, ANNOUNCE_LIMIT);
    // Also when all places are taken: what a dead worker left is then the first to get a place.
    if (clock.now() >= this.#notBefore) {
      const recovered = await store.recover(runner.running, places.count);
      metrics?.count('veda_swept_total', recovered);
    }
    places.fill();
    // Not awaited: the log may be down when Postgres is not, and writes to it wait.
    if (unclosed.length > 0) {
      metrics?.count('veda_swept_total', unclosed.length);
      void this.#announce(unclosed);
    }
  }

  /** Never throws: what fails is tried again by a later sweep. */
  async #announce(unclosed: readonly GenerationRef[]): Promise<void> {
    const { runner, logger } = this.#ports;
    this.#announcing = true;
    for (const ref of unclosed) {
      if (this.#loop.signal.aborted) return;
      await runner.announce(ref).catch((error: unknown) => {
        logger.warn('end not announced', { messageId: ref.messageId, error });
      });
    }
    this.#announcing = false;
  }
}
