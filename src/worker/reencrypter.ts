import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { inBatches, Loop } from '../kernel/loop.js';

/** What is stored under an older key than the current one, or under none. */
export interface Reencryption {
  /** Wraps some data keys with the current key. How many; 0 when all are. */
  rewrapSome(): Promise<number>;
  /** Encrypts some of what was stored before encryption was switched on. Whether there is more to encrypt at once. */
  encryptSome(): Promise<boolean>;
}

export interface ReencrypterPorts {
  readonly reencryption: Reencryption;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Brings what is stored to the current key, little by little, while everything is being served. */
export class Reencrypter {
  readonly #ports: ReencrypterPorts;
  readonly #loop = new Loop();
  /** How many data keys were wrapped since the log last said so. */
  #rewrapped = 0;
  #encrypting = false;

  constructor(ports: ReencrypterPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#loop.start(inBatches(this.#ports.clock, () => this.#batch()));
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #batch(): Promise<boolean> {
    try {
      const rewrapped = await this.#rewrap();
      const encrypted = await this.#encrypt();
      return rewrapped || encrypted;
    } catch (error) {
      this.#ports.logger.warn('not re-encrypted', { error });
      return false;
    }
  }

  async #rewrap(): Promise<boolean> {
    const { reencryption, logger } = this.#ports;
    const count = await reencryption.rewrapSome();
    this.#rewrapped += count;
    if (count > 0 || this.#rewrapped === 0) return count > 0;
    logger.info('data keys wrapped with the current key', { count: this.#rewrapped });
    this.#rewrapped = 0;
    return false;
  }

  async #encrypt(): Promise<boolean> {
    const { reencryption, logger } = this.#ports;
    const encrypted = await reencryption.encryptSome();
    if (this.#encrypting && !encrypted) logger.info('older text encrypted');
    this.#encrypting = encrypted;
    return encrypted;
  }
}
