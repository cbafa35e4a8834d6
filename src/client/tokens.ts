import type { ClientOptions } from './api.js';
import { toClientError, unauthorized } from './client-error.js';

/** Gets the access token for each request from `ClientOptions`. */
export class Tokens {
  readonly #options: Pick<ClientOptions, 'token' | 'getToken'>;
  #refused: string | undefined;

  constructor(options: Pick<ClientOptions, 'token' | 'getToken'>) {
    this.#options = options;
  }

  /** @throws ClientError `unauthorized` when there is no token but the refused one, else what `getToken` threw */
  async get(): Promise<string> {
    const { token, getToken } = this.#options;
    const given = getToken ? await this.#ask(getToken) : token;
    if (!given) throw unauthorized('no token was given');
    if (given === this.#refused) throw unauthorized('the token was refused, and there is no other one');
    return given;
  }

  async #ask(getToken: (refused?: string) => Promise<string>): Promise<string> {
    try {
      return await getToken(this.#refused);
    } catch (thrown) {
      throw toClientError(thrown);
    }
  }

  /** The server has refused this token. */
  refuse(token: string): void {
    this.#refused = token;
  }
}
