import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { inBatches, Loop } from '../kernel/loop.js';
import { type IngestionPorts, ingestNext } from '../knowledge/ingestion.js';

export interface IngesterPorts extends IngestionPorts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Embeds documents that were added, one after the other, while answers are being made. */
export class Ingester {
  readonly #ports: IngesterPorts;
  readonly #loop = new Loop();

  constructor(ports: IngesterPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#loop.start(inBatches(this.#ports.clock, () => this.#next()));
  }

  /** A document that is under way is continued by another process, or after the next start. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #next(): Promise<boolean> {
    const { logger } = this.#ports;
    try {
      const ingested = await ingestNext(this.#ports, this.#loop.signal);
      if (ingested.kind === 'ready') logger.info('document ready', { count: ingested.passages });
      else if (ingested.kind === 'failed') logger.warn('document not embedded', { error: ingested.error });
      return ingested.kind !== 'idle';
    } catch (error) {
      if (!this.#loop.signal.aborted) logger.warn('documents not embedded', { error });
      return false;
    }
  }
}
