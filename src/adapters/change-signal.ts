import type { Changes } from '../generation/log-reader.js';

/** Wakes everyone who waits for a change. A change between a read and the following wait is not missed. */
export class ChangeSignal implements Changes {
  #version = 0;
  readonly #waiting = new Set<() => void>();

  get version(): number {
    return this.#version;
  }

  notify(): void {
    this.#version++;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  after(since: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#version !== since || signal.aborted) return resolve();
      const resume = (): void => {
        this.#waiting.delete(resume);
        signal.removeEventListener('abort', resume);
        resolve();
      };
      this.#waiting.add(resume);
      signal.addEventListener('abort', resume);
    });
  }
}
