import { setTimeout as sleep } from 'node:timers/promises';
import { inject, type OnKill } from './inject.js';
import { type Fault, nameOf, targetOf } from './plan.js';
import type { Site } from './site.js';

/** A fault as it really happened; times in ms since the run began. */
export interface Executed {
  readonly fault: Fault;
  readonly began: number;
  ended?: number;
  /** Its target was under another fault. */
  readonly skipped: boolean;
}

/** Carries out plans, and keeps what really happened. */
export class Injector {
  readonly executed: Executed[] = [];
  readonly #site: Site;
  readonly #now: () => number;
  readonly #onKill: OnKill;
  readonly #say: (line: string) => void;
  readonly #busy = new Map<string, Promise<void>>();

  constructor(site: Site, now: () => number, onKill: OnKill, say: (line: string) => void) {
    this.#site = site;
    this.#now = now;
    this.#onKill = onKill;
    this.#say = say;
  }

  /**
   * Each at its time; with `oneByOne` a fault waits until those before it are over, and all that follow are as much
   * later. Resolves when the last is over.
   */
  async carryOut(plan: readonly Fault[], oneByOne = false): Promise<void> {
    let start = this.#now();
    for (const fault of plan) {
      await sleep(Math.max(start + fault.at - this.#now(), 0));
      const due = this.#now();
      if (oneByOne) await Promise.all(this.#busy.values());
      start += this.#now() - due;
      this.#begin(fault);
    }
    await Promise.all(this.#busy.values());
  }

  #begin(fault: Fault): void {
    const target = targetOf(fault);
    const executed: Executed = { fault, began: this.#now(), skipped: this.#busy.has(target) };
    this.executed.push(executed);
    this.#say(lineOf(executed));
    if (executed.skipped) return;
    const over = inject(this.#site, fault, this.#onKill)
      .catch((error: unknown) => void this.#site.wrong.push(`${nameOf(fault)}: ${String(error)}`))
      .finally(() => {
        executed.ended = this.#now();
        this.#busy.delete(target);
      });
    this.#busy.set(target, over);
  }
}

/** A line for people. */
export function lineOf({ fault, began, ended, skipped }: Executed): string {
  const over = ended === undefined ? '' : `, until ${seconds(ended)}`;
  return `${seconds(began)} ${nameOf(fault)}${skipped ? ': skipped' : over}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3).padStart(8)} s`;
}
