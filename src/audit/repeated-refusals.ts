import type { AuditEvent } from '../kernel/audit.js';
import type { Clock } from '../kernel/clock.js';

/** How long refusals of one kind are counted before they are one entry, in ms. */
const WINDOW_MS = 60_000;
/** How many kinds are told apart at a time. Further ones are counted by what was refused, whoever asked. */
const MAX_KINDS = 1000;

interface Counted {
  readonly event: AuditEvent;
  readonly since: number;
  count: number;
}

/**
 * Refusals cost whoever is refused nothing, so an attacker could fill the disk with them. The first of a kind is an entry at
 * once; those that follow within a minute are one entry with their count.
 */
export class RepeatedRefusals {
  readonly #clock: Clock;
  readonly #add: (event: AuditEvent) => void;
  readonly #kinds = new Map<string, Counted>();

  constructor(clock: Clock, add: (event: AuditEvent) => void) {
    this.#clock = clock;
    this.#add = add;
  }

  add(event: AuditEvent): void {
    this.flushOld();
    const { operation, code, userId, address, conversationId } = event;
    const own = JSON.stringify([operation, code, userId, address, conversationId]);
    const isKnown = this.#kinds.has(own) || this.#kinds.size < MAX_KINDS;
    const kind = isKnown ? own : JSON.stringify([operation, code]);
    const counted = this.#kinds.get(kind);
    if (counted) {
      counted.count += 1;
      return;
    }
    const { kind: action, outcome } = event;
    const first = isKnown ? event : { operation, kind: action, outcome, code };
    this.#kinds.set(kind, { event: first, since: this.#clock.now(), count: 0 });
    this.#add(first);
  }

  /** Makes entries of those whose minute is over. */
  flushOld(): void {
    const now = this.#clock.now();
    for (const [kind, counted] of this.#kinds) {
      // In the order in which they began.
      if (now - counted.since < WINDOW_MS) return;
      this.#end(kind, counted);
    }
  }

  /** Makes entries of all. */
  flush(): void {
    for (const [kind, counted] of this.#kinds) this.#end(kind, counted);
  }

  #end(kind: string, { event, count }: Counted): void {
    this.#kinds.delete(kind);
    if (count > 0) this.#add({ ...event, count });
  }
}
