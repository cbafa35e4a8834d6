import { AppError } from '../errors.js';
import type { Doorbell } from '../generation/doorbell.js';
import type { AccountStore } from './ports.js';
import type { Principal } from './principal.js';
import type { User } from './user.js';

/** What a person who has signed in, here or elsewhere, can do with the account. */
export class Accounts {
  readonly #store: AccountStore;
  readonly #doorbell: Doorbell;

  constructor(store: AccountStore, doorbell: Doorbell) {
    this.#store = store;
    this.#doorbell = doorbell;
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
    this.#doorbell.ring('sessions');
  }
}
