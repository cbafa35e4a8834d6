import type { TransportName } from './api.js';

/** How long a transport that failed is not tried again: at first, and at most, in ms. */
const FIRST_BLOCK_MS = 30_000;
const MAX_BLOCK_MS = 600_000;

interface Block {
  /** How often in a row the transport has failed. */
  readonly failures: number;
  /** ms since 1970. */
  readonly until: number;
}

/** Chooses the transport: the first in order that is not blocked. A transport that fails is blocked for a while. */
export class TransportSelector {
  readonly #order: readonly TransportName[];
  readonly #now: () => number;
  readonly #blocks = new Map<TransportName, Block>();

  constructor(order: readonly TransportName[], now: () => number) {
    this.#order = order;
    this.#now = now;
  }

  /** Undefined when all are blocked. */
  pick(): TransportName | undefined {
    return this.#order.find((name) => this.#isFree(name));
  }

  /**
   * A transport that comes before `name` and is not blocked. If all of them are blocked: how many ms until the first is
   * free. Undefined when none comes before `name`.
   */
  better(name: TransportName): TransportName | number | undefined {
    const better = this.#order.slice(0, this.#order.indexOf(name));
    const free = better.find((other) => this.#isFree(other));
    if (free) return free;
    const waits = better.map((other) => (this.#blocks.get(other)?.until ?? 0) - this.#now());
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  /** It failed: blocked for 30 s, then for twice as long with each further failure, 10 min at most. */
  block(name: TransportName): void {
    const failures = this.#blocks.get(name)?.failures ?? 0;
    const until = this.#now() + Math.min(FIRST_BLOCK_MS * 2 ** failures, MAX_BLOCK_MS);
    this.#blocks.set(name, { failures: failures + 1, until });
  }

  /** It works. */
  unblock(name: TransportName): void {
    this.#blocks.delete(name);
  }

  /** The network may be another one now, or there is none at all: what failed before may work. */
  unblockAll(): void {
    this.#blocks.clear();
  }

  #isFree(name: TransportName): boolean {
    return (this.#blocks.get(name)?.until ?? 0) <= this.#now();
  }
}
