import type { ErrorCode } from '../protocol/error-codes.js';
import type { Problem } from '../protocol/problem.js';
import type { Platform } from './api.js';
import { type ClientError, networkError, refusal } from './client-error.js';
import type { Tokens } from './tokens.js';

/** After so long without an answer a request has failed. */
export const TIMEOUT_MS = 30_000;

export interface RestOptions {
  readonly url: string;
  readonly tokens: Tokens;
  readonly platform: Platform;
}

/** A response to a request that was let in, and the token that it was let in with. */
export interface Admitted {
  readonly response: Response;
  readonly token: string;
}

/** Requests to the gateway. All reject with a `ClientError`. */
export class Rest {
  readonly #options: RestOptions;
  readonly #underWay = new Set<AbortController>();

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** Waits for no answer any more. */
  abort(): void {
    for (const patience of this.#underWay) patience.abort();
  }

  /** The body of the answer; undefined for one without. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const { platform } = this.#options;
    const patience = new AbortController();
    this.#underWay.add(patience);
    const cancel = platform.setTimer(TIMEOUT_MS, () => patience.abort());
    try {
      const { response } = await this.open(method, path, { body, signal: patience.signal });
      return await bodyOf<T>(response);
    } finally {
      this.#underWay.delete(patience);
      cancel();
    }
  }

  /** The response as it begins. A token that is refused is replaced once. */
  async open(
    method: string,
    path: string,
    { body, signal, accept }: { body?: object | undefined; signal?: AbortSignal; accept?: string } = {},
  ): Promise<Admitted> {
    const { url, tokens, platform } = this.#options;
    for (let tries = 1; ; tries++) {
      const token = await tokens.get();
      const response = await request(platform, url + path, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(accept !== undefined && { Accept: accept }),
          ...(body && { 'Content-Type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      });
      if (response.ok) return { response, token };
      if (response.status === 401) tokens.refuse(token);
      if (response.status !== 401 || tries > 1) throw await errorOf(response);
      await response.body?.cancel();
    }
  }
}

/** @throws ClientError `network` when nobody answers */
export async function request(platform: Platform, url: string, init: RequestInit): Promise<Response> {
  try {
    return await platform.fetch(url, init);
  } catch (cause) {
    throw networkError('the server was not reached', { cause });
  }
}

/** @throws ClientError `network` for what is no JSON: a proxy's page, or half an answer. */
export async function bodyOf<T>(response: Response): Promise<T> {
  try {
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch (cause) {
    throw networkError('the answer could not be read', { status: response.status, cause });
  }
}

/** What a response that is no success means. One that the gateway did not give says nothing about the request. */
export async function errorOf(response: Response): Promise<ClientError> {
  const { status } = response;
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const options = { status, ...(seconds >= 0 && { retryAfter: seconds }) };
  const problem = await bodyOf<Partial<Problem> | undefined>(response).catch(() => undefined);
  if (typeof problem?.code !== 'string') return networkError(`HTTP ${status}`, options);
  return problemError(problem.code, problem.detail ?? problem.code, options);
}

/** A problem document, wherever it came. */
export function problemError(
  code: ErrorCode,
  message: string,
  options: { status: number; retryAfter?: number },
): ClientError {
  const retryable = options.status === 429 || options.status >= 500 || code === 'busy';
  return refusal(code, message, retryable, options);
}
