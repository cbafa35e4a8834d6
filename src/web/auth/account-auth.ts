import type { Client, Session, SessionUser } from '../../client/api.js';
import type { Authentication, CurrentUser } from './current-user.js';
import type { AccountMethods } from './sign-in-methods.js';

export interface AccountAuthOptions {
  readonly session: Session;
  readonly newClient: () => Client;
  /** Calls `listener` when another tab may have signed in or out. */
  readonly onOtherTabs: (listener: () => void) => void;
  /** Erases what this device keeps for the user who was signed in. */
  readonly forget: () => void;
  readonly registration: boolean;
  readonly demo: boolean;
}

/** Signs in with the gateway's own accounts. All tabs of the browser share the session. */
export class AccountAuth implements Authentication {
  readonly methods: AccountMethods;
  user: CurrentUser | null | undefined;
  readonly #options: AccountAuthOptions;
  readonly #listeners = new Set<() => void>();
  #userId: string | undefined;

  constructor(options: AccountAuthOptions) {
    this.#options = options;
    const { session, registration, demo, onOtherTabs } = options;
    this.methods = {
      kind: 'accounts',
      signIn: (who) => session.signIn(who),
      ...(registration && { register: (who) => session.register(who) }),
      ...(demo && { demo: () => session.demo() }),
    };
    session.subscribe(() => void this.#refresh());
    onOtherTabs(() => void this.#refresh());
    void this.#refresh();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async #refresh(): Promise<void> {
    const user = await this.#options.session.user();
    if (user?.id === this.#userId && this.user !== undefined) return;
    this.user?.client.close();
    // The next person on this device must not find unsent messages of this one.
    if (this.#userId !== undefined) this.#options.forget();
    this.#userId = user?.id;
    this.user = user && this.#userOf(user);
    for (const listener of this.#listeners) listener();
  }

  #userOf(user: SessionUser): CurrentUser {
    return {
      name: user.name ?? user.email ?? 'Demo user',
      client: this.#options.newClient(),
      signOut: () => this.#options.session.signOut(),
    };
  }
}
