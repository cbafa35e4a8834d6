import { AppError } from '../kernel/errors.js';
import type { Notifier } from '../kernel/notifier.js';
import type { AccountStore } from './ports.js';
import type { Principal } from './principal.js';
import type { SessionMonitor } from './session-monitor.js';
import type { User } from './user.js';

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
}
