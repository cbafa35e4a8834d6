import type { Platform } from './api.js';

/** Every transport says something every 15 s: a heartbeat, a ping, a `pong`. */
const SILENCE_MS = 35_000;
/** After a sleep, whoever has been silent for longer than a heartbeat takes is not worth waiting for. */
const SUSPICIOUS_MS = 20_000;
/** Who was asked for a sign of life may take so long. */
const REPLY_MS = 5000;

/**
 * Notices a connection of which nothing is heard any more. By the clock and not by the timer: a machine that slept finds
 * out with its first tick.
 */
export class Watchdog {
  readonly #platform: Platform;
  readonly #onSilence: () => void;
  #limit = SILENCE_MS;
  #heardAt: number;
  #cancel: () => void = () => {};

  constructor(platform: Platform, onSilence: () => void) {
    this.#platform = platform;
    this.#onSilence = onSilence;
    this.#heardAt = platform.now();
  }

  /** Something must be heard within `ms` from now. */
  expect(ms: number): void {
    this.#heardAt = this.#platform.now();
    this.#limit = ms;
    this.#arm(ms);
  }

  heard(): void {
    this.#heardAt = this.#platform.now();
    if (this.#limit === SILENCE_MS) return;
    this.#limit = SILENCE_MS;
    this.#arm(SILENCE_MS);
  }

  /** The page was looked at again, or the network came back: what was silent for long is dead. */
  check(asked: boolean): void {
    const silent = this.#platform.now() - this.#heardAt;
    if (silent > SUSPICIOUS_MS) this.#onSilence();
    else if (asked) this.expect(REPLY_MS);
  }

  stop(): void {
    this.#cancel();
  }

  #arm(ms: number): void {
    this.#cancel();
    this.#cancel = this.#platform.setTimer(ms, () => {
      const left = this.#heardAt + this.#limit - this.#platform.now();
      if (left > 0) this.#arm(left);
      else this.#onSilence();
    });
  }
}
