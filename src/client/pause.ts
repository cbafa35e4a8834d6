import type { Platform } from './api.js';

/** A wait that can be cut short. */
export class Pause {
  readonly #platform: Platform;
  #end: () => void = () => {};

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Resolves after `ms`, or with the next `end`. One at a time. */
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

  end(): void {
    this.#end();
  }
}
