import { PAGE_BYTES } from '../../generation/generation-log.js';
import type { MultiStep } from './scripts.js';

/** Largest number of appends in one script call: it blocks Redis for about 5 µs each. */
const MAX_BATCH = 128;

/** Up to this many appends a second, each is sent at once. */
const CALM_PER_SECOND = 300;
/** From this many on, appends wait for the longest time. In between the wait grows evenly. */
const BUSY_PER_SECOND = 3000;
const LONGEST_WAIT_MS = 15;
/** How much the newest batch counts in the estimate of the rate. */
const WEIGHT = 0.2;

interface Append {
  readonly keys: readonly [text: string, log: string];
  readonly args: readonly (string | number | Buffer)[];
  readonly resolve: (reply: string) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends the appends of all writers of a process together: one script call for many logs costs a fraction of one call each,
 * in the worker and in Redis. A lone answer's append leaves at once; the busier the worker, the longer appends wait for
 * others, up to 15 ms. Example: 60 answers of 30 tokens a second are 1,800 appends a second, which wait 8 ms and leave 15
 * at a time.
 */
export class AppendBatcher {
  readonly #script: MultiStep;
  readonly #maxBatch: number;
  #waiting: Append[] = [];
  #scheduled = false;
  #perSecond = 0;
  #sentAt = performance.now();

  /** `script` is `append.lua`. */
  constructor(script: MultiStep, maxBatch = MAX_BATCH) {
    this.#script = script;
    this.#maxBatch = maxBatch;
  }

  /** The script's reply for this log. Rejects when Redis refuses the call. */
  append(keys: Append['keys'], args: Append['args']): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ keys, args, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      const wait = this.#waitMs();
      if (wait < 1) setImmediate(() => this.#send());
      else setTimeout(() => this.#send(), wait);
    });
  }

  #waitMs(): number {
    const load = (this.#perSecond - CALM_PER_SECOND) / (BUSY_PER_SECOND - CALM_PER_SECOND);
    return Math.min(Math.max(load, 0), 1) * LONGEST_WAIT_MS;
  }

  #send(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#scheduled = false;
    const now = performance.now();
    const perSecond = (batch.length * 1000) / Math.max(now - this.#sentAt, 1);
    this.#perSecond += (perSecond - this.#perSecond) * WEIGHT;
    this.#sentAt = now;
    for (let at = 0; at < batch.length; at += this.#maxBatch) {
      void this.#call(batch.slice(at, at + this.#maxBatch));
    }
  }

  async #call(batch: readonly Append[]): Promise<void> {
    const keys = batch.flatMap((append) => append.keys);
    try {
      const replies = (await this.#script(
        keys.length,
        ...keys,
        PAGE_BYTES,
        ...batch.flatMap((append) => append.args),
      )) as readonly Buffer[];
      for (const [index, append] of batch.entries()) append.resolve(String(replies[index]));
    } catch (error) {
      for (const append of batch) append.reject(error);
    }
  }
}
