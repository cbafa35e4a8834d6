import type { Platform } from './api.js';

/** Every transport sends something every 15 s: a heartbeat, a ping or a `pong`. */
const SILENCE_MS = 35_000;
/** After a sleep of the machine, a connection that was silent for longer than a heartbeat takes is given up at once. */
const SILENCE_AFTER_SLEEP_MS = 20_000;
/** How long the answer to a ping may take. */
const PONG_MS = 5000;

/**
 * Notices that nothing is received any more. It compares clock times and does not trust its timer: timers stand still while
 * a machine sleeps, so the first one that fires afterwards finds out.
 */
export class Watchdog {
  readonly #platform: Platform;
  readonly #onSilence: () => void;
  #limit = SILENCE_MS;
  #aliveAt: number;
  #cancel: () => void = () => {};

  constructor(platform: Platform, onSilence: () => void) {
    this.#platform = platform;
    this.#onSilence = onSilence;
    this.#aliveAt = platform.now();
  }

  /** Something must be received within `ms` from now. */
  expect(ms: number): void {
    this.#aliveAt = this.#platform.now();
    this.#limit = ms;
    this.#arm(ms);
  }

  /** Something was received. */
  alive(): void {
    this.#aliveAt = this.#platform.now();
    if (this.#limit === SILENCE_MS) return;
    this.#limit = SILENCE_MS;
    this.#arm(SILENCE_MS);
  }

  /** The page is visible again, or the network is back. `pinged`: the server was asked for an answer. */
  check(pinged: boolean): void {
    const silence = this.#platform.now() - this.#aliveAt;
    if (silence > SILENCE_AFTER_SLEEP_MS) this.#onSilence();
    else if (pinged) this.expect(PONG_MS);
  }

  stop(): void {
    this.#cancel();
  }

  #arm(ms: number): void {
    this.#cancel();
    this.#cancel = this.#platform.setTimer(ms, () => {
      const left = this.#aliveAt + this.#limit - this.#platform.now();
      if (left > 0) this.#arm(left);
      else this.#onSilence();
    });
  }
}
