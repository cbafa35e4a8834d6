import type { Platform } from './api.js';

/** A wait that can be ended early. One at a time. */
export class Delay {
  readonly #platform: Platform;
  #end: () => void = () => {};

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Resolves after `ms`, or with the next `end`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#platform.setTimer(ms, () => this.end());
      this.#end = () => {
        this.#end = () => {};
        cancel();
        resolve();
      };
    });
  }

  /** Resolves with the next `end`. */
  untilEnded(): Promise<void> {
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  end(): void {
    this.#end();
  }
}
