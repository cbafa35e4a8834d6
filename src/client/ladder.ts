import type { TransportName } from './api.js';

/** How long a transport that did not get through is left alone at first, and at most, in ms. */
const FIRST_MS = 30_000;
const LONGEST_MS = 600_000;

interface Blocked {
  readonly times: number;
  readonly until: number;
}

/** Which transport to use: the first in order that is not known to be blocked. */
export class Ladder {
  readonly #order: readonly TransportName[];
  readonly #now: () => number;
  readonly #blocked = new Map<TransportName, Blocked>();

  constructor(order: readonly TransportName[], now: () => number) {
    this.#order = order;
    this.#now = now;
  }

  /** Undefined when all are blocked. */
  pick(): TransportName | undefined {
    return this.#order.find((name) => this.#isFree(name));
  }

  /** A better one than `name` that may be tried again; and if there is none, when there will be one, in ms from now. */
  better(name: TransportName): TransportName | number | undefined {
    const better = this.#order.slice(0, this.#order.indexOf(name));
    const free = better.find((other) => this.#isFree(other));
    if (free) return free;
    const waits = better.map((other) => (this.#blocked.get(other)?.until ?? 0) - this.#now());
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  /** It did not get through: after a while, each time longer, it may be tried again. */
  block(name: TransportName): void {
    const times = this.#blocked.get(name)?.times ?? 0;
    const until = this.#now() + Math.min(FIRST_MS * 2 ** times, LONGEST_MS);
    this.#blocked.set(name, { times: times + 1, until });
  }

  /** It got through, whatever was thought of it. */
  clear(name: TransportName): void {
    this.#blocked.delete(name);
  }

  /** What was known is worth nothing: the network is another, or none. */
  forget(): void {
    this.#blocked.clear();
  }

  #isFree(name: TransportName): boolean {
    return (this.#blocked.get(name)?.until ?? 0) <= this.#now();
  }
}
