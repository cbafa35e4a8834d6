import type { Clock } from '../kernel/clock.js';
import type { Notifier } from '../kernel/notifier.js';
import { WakeSignal } from '../kernel/wake-signal.js';
import type { AccountStore } from './ports.js';
import type { Principal } from './principal.js';

/** An expired token ends its streams within this time. */
const EXPIRY_TICK_MS = 250;
/** So that with the query a revocation nobody rang for ends its streams within a second. */
const REVOCATION_TICK_MS = 800;

export type Unwatch = () => void;

interface Watched {
  readonly principal: Principal;
  readonly onEnd: OnEnd;
}

/** Called once, and must not throw. */
type OnEnd = (code: 'token_expired') => void;

/**
 * Ends the open streams of a process within a second of their token's expiry or their session's revocation
 * (docs/protocol.md, "Who may speak"). Costs one query a tick for all of them, and none when none has a session.
 */
export class SessionMonitor {
  readonly #store: AccountStore;
  readonly #notifier: Notifier;
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(store: AccountStore, notifier: Notifier, clock: Clock) {
    this.#store = store;
    this.#notifier = notifier;
    this.#clock = clock;
  }

  async start(): Promise<void> {
    const bell = await WakeSignal.subscribe(this.#notifier, 'sessions', this.#clock);
    // Two loops: a database that does not answer must not keep expired streams open.
    this.#running = Promise.all([this.#watchExpiry(), this.#watchRevocation(bell)]);
  }

  /** Ends no stream. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Calls `onEnd` when the principal may no longer be believed, unless unwatched before. */
  watch(principal: Principal, onEnd: OnEnd): Unwatch {
    const watched: Watched = { principal, onEnd };
    this.#watched.add(watched);
    return () => this.#watched.delete(watched);
  }

  async #watchExpiry(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const now = Date.now();
      this.#end(({ principal }) => principal.expiresAt.getTime() <= now);
      await this.#clock.sleep(EXPIRY_TICK_MS, this.#stop.signal);
    }
  }

  async #watchRevocation(bell: WakeSignal): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const revoked = await this.#revoked();
      this.#end(({ principal }) => principal.sessionId !== undefined && revoked.has(principal.sessionId));
      await bell.wait(REVOCATION_TICK_MS, this.#stop.signal);
    }
    bell.close();
  }

  async #revoked(): Promise<ReadonlySet<string>> {
    const sessions = new Set<string>();
    for (const { principal } of this.#watched) {
      if (principal.sessionId !== undefined) sessions.add(principal.sessionId);
    }
    if (sessions.size === 0) return sessions;
    try {
      return new Set(await this.#store.revokedAmong([...sessions]));
    } catch {
      // Nobody is thrown out because the database is away; the tokens expire soon enough.
      return new Set();
    }
  }

  #end(isOver: (watched: Watched) => boolean): void {
    for (const watched of this.#watched) {
      if (!isOver(watched)) continue;
      this.#watched.delete(watched);
      watched.onEnd('token_expired');
    }
  }
}
