import { AppError } from '../kernel/errors.js';
import type { Notifier } from '../kernel/notifier.js';
import type { AccountStore, Session } from './ports.js';
import type { Principal } from './principal.js';
import type { SessionMonitor } from './session-monitor.js';
import type { User } from './user.js';

export interface SessionPage {
  /** Newest first. */
  readonly items: readonly OwnSession[];
  readonly nextCursor: string | null;
}

/** A session, and whether it is the one that asks. */
export interface OwnSession extends Session {
  readonly current: boolean;
}

/** What a person who has signed in, here or elsewhere, can do with the account. */
export class Accounts {
  readonly #store: AccountStore;
  readonly #notifier: Notifier;
  readonly #sessions: SessionMonitor;

  constructor(store: AccountStore, notifier: Notifier, sessions: SessionMonitor) {
    this.#store = store;
    this.#notifier = notifier;
    this.#sessions = sessions;
  }

  /** @throws AppError `unauthorized` when the user was deleted a moment ago. */
  async me({ userId }: Principal): Promise<User> {
    const user = await this.#store.findUser(userId);
    if (!user) throw new AppError('unauthorized', 'the user is gone');
    return user;
  }

  /**
   * Revokes the session's tokens and ends its streams. A token of another issuer has no session here: its streams in this
   * process end, and it is good until it expires.
   */
  async logout(principal: Principal): Promise<void> {
    if (principal.sessionId === undefined) return this.#sessions.endToken(principal);
    await this.#store.revokeSession(principal.sessionId);
    this.#notifier.notify('sessions');
  }

  /** Where the user is signed in. A token of another issuer has no session here and is not listed. */
  async sessions(
    { userId, sessionId }: Principal,
    limit: number,
    before: string | undefined,
  ): Promise<SessionPage> {
    const found = await this.#store.listSessions(userId, limit + 1, before);
    const items = found.slice(0, limit).map((session) => ({ ...session, current: session.id === sessionId }));
    return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** Signs a session out; its streams end within a second. @throws AppError `not_found`, also for another user's. */
  async endSession({ userId }: Principal, id: string): Promise<void> {
    if (!(await this.#store.endSession(userId, id))) {
      throw new AppError('not_found', 'there is no such session');
    }
    this.#notifier.notify('sessions');
  }
}
