import type { Clock } from '../../src/kernel/clock.js';
import type { Scheduler } from './scheduler.js';

/** A process of the product. What it waits for reaches it only while it lives, and after it thaws. */
export class Process implements Clock {
  readonly name: string;
  readonly #scheduler: Scheduler;
  #alive = true;
  /** What came while it was frozen. */
  #held: (() => void)[] | undefined;

  constructor(name: string, scheduler: Scheduler) {
    this.name = name;
    this.#scheduler = scheduler;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#held !== undefined;
  }

  /** Nothing reaches it any more, and nothing that it waits for ever comes. */
  crash(): void {
    this.#alive = false;
    this.#held = undefined;
  }

  /** As a process that is stopped, swapped out or collecting garbage: it does not know. */
  freeze(): void {
    if (this.#alive) this.#held ??= [];
  }

  thaw(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    // One by one: each sees what those before it did.
    for (const run of held) this.#scheduler.after(0, () => this.reach(run));
  }

  reach(run: () => void): void {
    if (!this.#alive) return;
    if (this.#held) this.#held.push(run);
    else run();
  }

  now(): number {
    return this.#scheduler.now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = this.#scheduler.after(ms, () => this.reach(wake));
      signal?.addEventListener('abort', wake);
    });
  }
}
