import type { Clock } from '../kernel/clock.js';
import { Loop } from '../kernel/loop.js';
import type { Notifier } from '../kernel/notifier.js';
import { WakeSignal } from '../kernel/wake-signal.js';
import type { AccountStore } from './ports.js';
import type { Principal } from './principal.js';

/**
 * What the store is asked about: a token's session, or its user when another service signed it and there is no session.
 */
function subjectOf({ sessionId, userId }: Principal): string {
  return sessionId ?? userId;
}

/** An expired token ends its streams within this time. */
const EXPIRY_TICK_MS = 250;
/** With the query, a revocation that is not notified ends its streams within a second. */
const REVOCATION_TICK_MS = 800;
/** How old the answer about a session may get, in ms, while every revocation is notified. A notification may be lost. */
const SAFETY_MS = 15_000;

export type Unwatch = () => void;

interface Watched {
  readonly principal: Principal;
  readonly onEnd: OnEnd;
}

/** Called once, and must not throw. */
type OnEnd = (code: 'token_expired') => void;

export interface SessionMonitorOptions {
  readonly store: Pick<AccountStore, 'revokedAmong' | 'deletedAmong'>;
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** Whether a revocation by another process is notified here now. While it is not, the store is asked every 800 ms. */
  readonly notified: () => boolean;
  /** Told why the store could not be asked. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Ends the open streams of a process within a second of their token's expiry or their session's revocation
 * (docs/protocol.md, "Who may speak"), and of the deletion of their user. One query asks about all sessions that are due:
 * those that are new here, all of them after a notification, and each every 15 s. Example: 1,000 streams that stay open for
 * a minute with nothing revoked cost four queries, not seventy-five.
 */
export class SessionMonitor {
  readonly #options: SessionMonitorOptions;
  readonly #watched = new Set<Watched>();
  /** When the store last said of a session, or of a user without one, that it lasts. */
  readonly #checkedAt = new Map<string, number>();
  /** Two loops: a database that does not answer must not keep expired streams open. */
  readonly #expiry = new Loop();
  readonly #revocation = new Loop();
  #revoked: WakeSignal | undefined;

  constructor(options: SessionMonitorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { notifier, clock } = this.#options;
    const revoked = await WakeSignal.subscribe(notifier, 'sessions', clock);
    this.#revoked = revoked;
    this.#expiry.start((signal) => this.#endExpired(signal));
    this.#revocation.start((signal) => this.#endRevoked(revoked, signal));
  }

  /** Ends no stream. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    await Promise.all([this.#expiry.stop(), this.#revocation.stop()]);
    this.#revoked?.close();
  }

  /** Calls `onEnd` when the principal may no longer be believed, unless unwatched before. */
  watch(principal: Principal, onEnd: OnEnd): Unwatch {
    const watched: Watched = { principal, onEnd };
    this.#watched.add(watched);
    return () => this.#watched.delete(watched);
  }

  /** Ends the streams of a token that has no session and so cannot be revoked: those in this process. */
  endToken({ userId, expiresAt }: Principal): void {
    this.#end(
      ({ principal }) =>
        principal.sessionId === undefined &&
        principal.userId === userId &&
        principal.expiresAt.getTime() === expiresAt.getTime(),
    );
  }

  async #endExpired(signal: AbortSignal): Promise<void> {
    const now = Date.now();
    this.#end(({ principal }) => principal.expiresAt.getTime() <= now);
    await this.#options.clock.sleep(EXPIRY_TICK_MS, signal);
  }

  async #endRevoked(revoked: WakeSignal, signal: AbortSignal): Promise<void> {
    const over = await this.#over();
    this.#end(({ principal }) => over.has(subjectOf(principal)));
    if (await revoked.wait(REVOCATION_TICK_MS, signal)) this.#checkedAt.clear();
  }

  /** The sessions that were revoked, and the users without a session who were deleted. */
  async #over(): Promise<ReadonlySet<string>> {
    const { store, clock, onFailure } = this.#options;
    const now = clock.now();
    const due = this.#due(now);
    const sessions = due.filter(({ sessionId }) => sessionId !== undefined).map(subjectOf);
    const users = due.filter(({ sessionId }) => sessionId === undefined).map(subjectOf);
    try {
      const over = new Set([
        ...(sessions.length > 0 ? await store.revokedAmong(sessions) : []),
        ...(users.length > 0 ? await store.deletedAmong(users) : []),
      ]);
      for (const principal of due) this.#checkedAt.set(subjectOf(principal), now);
      return over;
    } catch (error) {
      // Nobody is thrown out because the database is down; the tokens expire soon enough.
      onFailure(error);
      return new Set();
    }
  }

  /** Whom to ask about now, each once. Forgets those that nobody watches any more. */
  #due(now: number): readonly Principal[] {
    const watched = new Map<string, Principal>();
    for (const { principal } of this.#watched) watched.set(subjectOf(principal), principal);
    for (const id of this.#checkedAt.keys()) if (!watched.has(id)) this.#checkedAt.delete(id);
    const maxAge = this.#options.notified() ? SAFETY_MS : 0;
    return [...watched.values()].filter((principal) => {
      const checkedAt = this.#checkedAt.get(subjectOf(principal));
      return checkedAt === undefined || now - checkedAt >= maxAge;
    });
  }

  #end(isOver: (watched: Watched) => boolean): void {
    for (const watched of this.#watched) {
      if (!isOver(watched)) continue;
      this.#watched.delete(watched);
      watched.onEnd('token_expired');
    }
  }
}
