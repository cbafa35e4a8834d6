import type { Scheduler } from './scheduler.js';

/** What happened, one step a line. Costs nothing while nobody wants to read it. */
export class Trace {
  readonly lines: string[] = [];
  readonly #scheduler: Scheduler;
  readonly #wanted: boolean;

  constructor(scheduler: Scheduler, wanted: boolean) {
    this.#scheduler = scheduler;
    this.#wanted = wanted;
  }

  say(line: () => string): void {
    if (this.#wanted) this.lines.push(`${this.#scheduler.now.toFixed(1).padStart(9)}  ${line()}`);
  }
}
