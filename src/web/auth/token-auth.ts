import { type Client, ClientError } from '../../client/index.js';
import type { Authentication, CurrentUser } from './current-user.js';
import type { TokenMethod } from './sign-in-methods.js';

export interface TokenAuthOptions {
  readonly newClient: (getToken: (refused?: string) => Promise<string>) => Client;
  /** Keeps the token for this tab alone. */
  readonly storage: Storage;
  readonly forget: () => void;
}

const KEY = 'veda.token';

/** Signs in with a token of another service, which the person pastes. */
export class TokenAuth implements Authentication {
  readonly methods: TokenMethod;
  user: CurrentUser | null;
  readonly #options: TokenAuthOptions;
  readonly #listeners = new Set<() => void>();

  constructor(options: TokenAuthOptions) {
    this.#options = options;
    this.methods = { kind: 'token', signIn: (token) => this.#signIn(token) };
    const kept = options.storage.getItem(KEY);
    this.user = kept === null ? null : this.#userWith(kept);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Tries the token with the server before it keeps it. */
  async #signIn(token: string): Promise<void> {
    const user = this.#userWith(token);
    try {
      await user.client.conversations.list({ limit: 1 });
    } catch (error) {
      user.client.close();
      const isRefused = error instanceof ClientError && error.problem.code !== 'network';
      throw isRefused ? new Error('The server does not accept this token') : error;
    }
    this.#options.storage.setItem(KEY, token);
    this.#setUser(user);
  }

  #userWith(token: string): CurrentUser {
    const leave = () => {
      this.#options.storage.removeItem(KEY);
      this.#options.forget();
      this.#setUser(null);
    };
    const client = this.#options.newClient(async (refused) => {
      if (refused === token && this.user?.client === client) leave();
      return token;
    });
    return { name: 'Signed in with a token', client, signOut: async () => leave() };
  }

  #setUser(user: CurrentUser | null): void {
    this.user?.client.close();
    this.user = user;
    for (const listener of this.#listeners) listener();
  }
}
