import type { GenerationLog, GenerationRef } from '../generation/generation-log.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { inBatches, Loop } from '../kernel/loop.js';
import { TIMED_OUT, withTimeout } from '../kernel/with-timeout.js';

/** What nobody can reach any more: rows of deleted users and conversations, of expired sessions, tokens and tickets. */
export interface PurgeStore {
  /** Removes some. Whether there is more to remove at once. */
  purge(): Promise<boolean>;
  /** Some of the logs of deleted answers that are still to be erased. */
  logsToErase(): Promise<readonly GenerationRef[]>;
  logsErased(refs: readonly GenerationRef[]): Promise<void>;
}

export interface PurgerPorts {
  readonly purge: PurgeStore;
  readonly log: Pick<GenerationLog, 'erase'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long it waits for logs to be erased, in ms. While Redis is down the rows keep what is to be done. */
const ERASE_MS = 5000;

/** Removes what nobody can reach, little by little. */
export class Purger {
  readonly #ports: PurgerPorts;
  readonly #loop = new Loop();
  /** The running erasure: while Redis is down this one keeps waiting, and the purger starts no second one. */
  #erasing: Promise<void> | undefined;

  constructor(ports: PurgerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#loop.start(inBatches(this.#ports.clock, () => this.#batch()));
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #batch(): Promise<boolean> {
    const rows = await this.#attempt(() => this.#ports.purge.purge());
    const logs = await this.#attempt(() => this.#eraseLogs());
    return rows || logs;
  }

  async #eraseLogs(): Promise<boolean> {
    const { purge, log, clock } = this.#ports;
    if (!this.#erasing) {
      const refs = await purge.logsToErase();
      if (refs.length === 0) return false;
      const erase = async (): Promise<void> => {
        await log.erase(refs);
        await purge.logsErased(refs);
      };
      this.#erasing = erase().finally(() => {
        this.#erasing = undefined;
      });
    }
    return (await withTimeout(clock, ERASE_MS, this.#erasing)) !== TIMED_OUT;
  }

  async #attempt(step: () => Promise<boolean>): Promise<boolean> {
    try {
      return await step();
    } catch (error) {
      this.#ports.logger.warn('not purged', { error });
      return false;
    }
  }
}
