import { AppError } from '../kernel/errors.js';
import type { Notifier } from '../kernel/notifier.js';
import type { AccountStore } from './ports.js';
import type { Principal } from './principal.js';
import type { User } from './user.js';

/** What a person who has signed in, here or elsewhere, can do with the account. */
export class Accounts {
  readonly #store: AccountStore;
  readonly #notifier: Notifier;

  constructor(store: AccountStore, notifier: Notifier) {
    this.#store = store;
    this.#notifier = notifier;
  }

  /** @throws AppError `unauthorized` when the user was deleted a moment ago. */
  async me({ userId }: Principal): Promise<User> {
    const user = await this.#store.findUser(userId);
    if (!user) throw new AppError('unauthorized', 'the user is gone');
    return user;
  }

  /** Revokes the session's tokens and ends its streams. Without a session there is nothing to end. */
  async logout({ sessionId }: Principal): Promise<void> {
    if (sessionId === undefined) return;
    await this.#store.revokeSession(sessionId);
    this.#notifier.notify('sessions');
  }
}
