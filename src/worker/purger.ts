import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';

/** Rows that nobody can reach any more: of deleted conversations, expired sessions, tokens and tickets. */
export interface PurgeStore {
  /** Removes some. Whether there is more to remove at once. */
  purge(): Promise<boolean>;
}

export interface PurgerPorts {
  readonly purge: PurgeStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long it waits when there is nothing more to remove, in ms. */
const IDLE_MS = 10_000;
/** Between two batches, in ms: removal is never urgent, and leaves the database to others. */
const BATCH_MS = 50;

/** Removes what nobody can reach, little by little. */
export class Purger {
  readonly #ports: PurgerPorts;
  readonly #closed = new AbortController();
  #looping: Promise<void> = Promise.resolve();

  constructor(ports: PurgerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#looping = this.#loop();
  }

  async stop(): Promise<void> {
    this.#closed.abort();
    await this.#looping;
  }

  async #loop(): Promise<void> {
    const { purge, clock, logger } = this.#ports;
    const { signal } = this.#closed;
    for (let more = false; !signal.aborted; ) {
      await clock.sleep(more ? BATCH_MS : IDLE_MS, signal);
      if (signal.aborted) return;
      try {
        more = await purge.purge();
      } catch (error) {
        more = false;
        logger.warn('not purged', { error });
      }
    }
  }
}
