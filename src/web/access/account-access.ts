import type { Client, Session, SessionUser } from '../../client/api.js';
import type { Access, Visitor } from './visitor.js';
import type { AccountWays } from './ways.js';

export interface AccountAccessOptions {
  readonly session: Session;
  readonly newClient: () => Client;
  /** Calls `listener` when another tab may have signed in or out. */
  readonly onOtherTabs: (listener: () => void) => void;
  /** Erases what was kept on this device for whoever was signed in. */
  readonly forget: () => void;
  readonly demo: boolean;
}

/** By the gateway's own accounts, in step with the other tabs. */
export class AccountAccess implements Access {
  readonly ways: AccountWays;
  visitor: Visitor | null | undefined;
  readonly #options: AccountAccessOptions;
  readonly #listeners = new Set<() => void>();
  #userId: string | undefined;

  constructor(options: AccountAccessOptions) {
    this.#options = options;
    const { session, demo, onOtherTabs } = options;
    this.ways = {
      kind: 'accounts',
      signIn: (who) => session.signIn(who),
      register: (who) => session.register(who),
      ...(demo && { demo: () => session.demo() }),
    };
    session.subscribe(() => void this.#look());
    onOtherTabs(() => void this.#look());
    void this.#look();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async #look(): Promise<void> {
    const user = await this.#options.session.user();
    if (user?.id === this.#userId && this.visitor !== undefined) return;
    this.visitor?.client.close();
    // What was not sent must not lie about for the next person, however this one left.
    if (this.#userId !== undefined) this.#options.forget();
    this.#userId = user?.id;
    this.visitor = user && this.#visitorOf(user);
    for (const listener of this.#listeners) listener();
  }

  #visitorOf(user: SessionUser): Visitor {
    return {
      name: user.name ?? user.email ?? 'Demo user',
      client: this.#options.newClient(),
      signOut: () => this.#options.session.signOut(),
    };
  }
}
