import { AppError } from './errors.js';

export interface FairQueueOptions {
  /** How many pieces of work run at a time. */
  readonly atOnce: number;
  /** How many may wait, in all. */
  readonly waiting: number;
  /** How many may wait of one source. */
  readonly waitingPerSource: number;
  /** What a refused source is told. */
  readonly refusal: string;
}

interface Waiter {
  readonly start: () => void;
  readonly refuse: () => void;
}

/**
 * Runs a few pieces of work at a time. Sources take turns, so that one which brings a thousand pieces delays another by
 * one piece. When the queue is full, a source with the most waiting pieces loses its newest: a flood refuses itself.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  #free: number;
  #waiting = 0;
  /** Each has a piece that waits. The first has the next turn, and then goes to the end. */
  readonly #sources = new Map<string, Waiter[]>();

  constructor(options: FairQueueOptions) {
    this.#options = options;
    this.#free = options.atOnce;
  }

  /** @throws AppError `rate_limited` when too many pieces wait; then `work` is not begun. */
  async run<T>(source: string, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(source);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  async #turn(source: string): Promise<void> {
    const { waiting, waitingPerSource } = this.#options;
    const mine = this.#sources.get(source) ?? [];
    if (mine.length >= waitingPerSource) throw this.#tooMany();
    if (this.#waiting >= waiting && !this.#refuseOneMoreThan(mine.length)) throw this.#tooMany();
    await new Promise<void>((resolve, reject) => {
      mine.push({ start: resolve, refuse: () => reject(this.#tooMany()) });
      this.#sources.set(source, mine);
      this.#waiting += 1;
    });
  }

  /** Makes room at the cost of a source with more than `length` waiting pieces, if there is one. */
  #refuseOneMoreThan(length: number): boolean {
    let longest: Waiter[] = [];
    for (const waiters of this.#sources.values()) if (waiters.length > longest.length) longest = waiters;
    if (longest.length <= length + 1) return false;
    this.#waiting -= 1;
    longest.pop()?.refuse();
    return true;
  }

  #next(): void {
    const [first] = this.#sources;
    if (!first) {
      this.#free += 1;
      return;
    }
    const [source, waiters] = first;
    this.#sources.delete(source);
    const waiter = waiters.shift();
    if (waiters.length > 0) this.#sources.set(source, waiters);
    this.#waiting -= 1;
    waiter?.start();
  }

  #tooMany(): AppError {
    return new AppError('rate_limited', this.#options.refusal, { retryAfter: 5 });
  }
}
