import { type Client, ClientError } from '../../client/index.js';
import type { Access, Visitor } from './visitor.js';
import type { TokenWay } from './ways.js';

export interface TokenAccessOptions {
  readonly newClient: (getToken: (refused?: string) => Promise<string>) => Client;
  /** Keeps the token, for this tab alone. */
  readonly storage: Storage;
  readonly forget: () => void;
}

const KEY = 'veda.token';

/** By a token of another service, pasted. */
export class TokenAccess implements Access {
  readonly ways: TokenWay;
  visitor: Visitor | null;
  readonly #options: TokenAccessOptions;
  readonly #listeners = new Set<() => void>();

  constructor(options: TokenAccessOptions) {
    this.#options = options;
    this.ways = { kind: 'token', enter: (token) => this.#enter(token) };
    const kept = options.storage.getItem(KEY);
    this.visitor = kept === null ? null : this.#visitorWith(kept);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Tries the token before it lets anybody in. */
  async #enter(token: string): Promise<void> {
    const visitor = this.#visitorWith(token);
    try {
      await visitor.client.conversations.list({ limit: 1 });
    } catch (error) {
      visitor.client.close();
      const isRefused = error instanceof ClientError && error.problem.code !== 'network';
      throw isRefused ? new Error('the server does not take this token') : error;
    }
    this.#options.storage.setItem(KEY, token);
    this.#become(visitor);
  }

  #visitorWith(token: string): Visitor {
    const leave = () => {
      this.#options.storage.removeItem(KEY);
      this.#options.forget();
      this.#become(null);
    };
    const client = this.#options.newClient(async (refused) => {
      if (refused === token && this.visitor?.client === client) leave();
      return token;
    });
    return { name: 'Signed in with a token', client, signOut: async () => leave() };
  }

  #become(visitor: Visitor | null): void {
    this.visitor?.client.close();
    this.visitor = visitor;
    for (const listener of this.#listeners) listener();
  }
}
