import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Ask, Seen } from './asker-process.js';

/**
 * Makes requests in a process of its own, and times them. The process that attacks, or makes the load, is busy with that:
 * what it measured would be its own delays.
 */
export class Asker {
  readonly #process: ChildProcess;

  constructor() {
    const file = join(import.meta.dirname, 'asker-process.ts');
    this.#process = fork(file, { execArgv: ['--import', 'tsx'] });
  }

  /** Makes requests, one after the other, for as long as `work` takes. Rejects as `work` does. */
  async during(ask: Ask, work: () => Promise<void>): Promise<Seen> {
    const seen = once(this.#process, 'message') as Promise<[Seen]>;
    this.#process.send(ask);
    await work().finally(() => this.#process.send('end'));
    return (await seen)[0];
  }

  async leave(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }
}
