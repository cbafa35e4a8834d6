import type { ClientOptions } from './api.js';
import { toClientError, unauthorized } from './client-error.js';

/** Access tokens as they are needed. */
export class Tokens {
  readonly #options: Pick<ClientOptions, 'token' | 'getToken'>;
  #refused: string | undefined;

  constructor(options: Pick<ClientOptions, 'token' | 'getToken'>) {
    this.#options = options;
  }

  /** @throws ClientError: `unauthorized` when there is none but the one that was refused, else what `getToken` threw */
  async get(): Promise<string> {
    const { token, getToken } = this.#options;
    const given = getToken ? await this.#ask(getToken) : token;
    if (!given) throw unauthorized('no token was given');
    if (given === this.#refused) throw unauthorized('the token was refused, and there is no other');
    return given;
  }

  async #ask(getToken: (refused?: string) => Promise<string>): Promise<string> {
    try {
      return await getToken(this.#refused);
    } catch (thrown) {
      throw toClientError(thrown);
    }
  }

  /** The server does not take this one (any more). */
  refuse(token: string): void {
    this.#refused = token;
  }
}
