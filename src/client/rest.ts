import { type ErrorCode, isRetryable } from '../protocol/error-codes.js';
import type { Problem } from '../protocol/problem.js';
import type { Platform } from './api.js';
import { type ClientError, networkError, refusal } from './client-error.js';
import type { Tokens } from './tokens.js';

/** A request without a response after this time has failed, in ms. */
export const TIMEOUT_MS = 30_000;

export interface RestOptions {
  readonly url: string;
  readonly tokens: Tokens;
  readonly platform: Platform;
}

/** A successful response, and the token of its request. */
export interface Authorized {
  readonly response: Response;
  readonly token: string;
}

/** Requests to the gateway. All reject with a `ClientError`. */
export class Rest {
  readonly #options: RestOptions;
  readonly #pending = new Set<AbortController>();

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** Ends every request that `call` is waiting for. */
  abort(): void {
    for (const timeout of this.#pending) timeout.abort();
  }

  /** The body of the response; undefined when it has none. */
  async call<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
    const { platform } = this.#options;
    const timeout = new AbortController();
    this.#pending.add(timeout);
    const abort = (): void => timeout.abort();
    const cancel = platform.setTimer(TIMEOUT_MS, abort);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    try {
      const { response } = await this.open(method, path, { body, signal: timeout.signal });
      return await bodyOf<T>(response);
    } finally {
      this.#pending.delete(timeout);
      cancel();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Resolves with the headers; the body is the caller's to read. */
  open(
    method: string,
    path: string,
    { body, signal, accept }: { body?: object | undefined; signal?: AbortSignal; accept?: string } = {},
  ): Promise<Authorized> {
    return this.authorized(path, (url, headers) =>
      request(this.#options.platform, url, {
        method,
        headers: {
          ...headers,
          ...(accept !== undefined && { Accept: accept }),
          ...(body && { 'Content-Type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      }),
    );
  }

  /** Calls `send` with the address and a token in a header; twice when the token is refused. */
  async authorized(
    path: string,
    send: (url: string, headers: Record<string, string>) => Promise<Response>,
  ): Promise<Authorized> {
    const { url, tokens } = this.#options;
    for (let tries = 1; ; tries++) {
      const token = await tokens.get();
      const response = await send(url + path, { Authorization: `Bearer ${token}` });
      if (response.ok) return { response, token };
      if (response.status === 401) tokens.refuse(token);
      if (response.status !== 401 || tries > 1) throw await errorOf(response);
      await response.body?.cancel();
    }
  }
}

/** @throws ClientError `network` when no server answers, or a browser does not let the page see its answer */
export async function request(platform: Platform, url: string, init: RequestInit): Promise<Response> {
  try {
    return await platform.fetch(url, init);
  } catch (cause) {
    throw networkError(unreachable(platform, url), { cause });
  }
}

/** A browser tells a page the same about a server that is down and about one that does not allow its origin. */
function unreachable({ pageOrigin }: Platform, url: string): string {
  const origin = pageOrigin();
  if (origin === undefined || origin === new URL(url).origin) return 'the server was not reached';
  return `the server was not reached. If it is up, it may not allow pages of ${origin}: add that origin to its CORS_ORIGINS`;
}

/** @throws ClientError `network` when the body is not JSON: a proxy's page, or half a response. */
export async function bodyOf<T>(response: Response): Promise<T> {
  try {
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch (cause) {
    throw networkError('the response could not be read', { status: response.status, cause });
  }
}

/** The error of an unsuccessful response. One without a code is not the gateway's, and says nothing about the request. */
export async function errorOf(response: Response): Promise<ClientError> {
  const { status } = response;
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const options = { status, ...(seconds >= 0 && { retryAfter: seconds }) };
  const problem = await bodyOf<Partial<Problem> | undefined>(response).catch(() => undefined);
  if (typeof problem?.code !== 'string') return networkError(`HTTP ${status}`, options);
  return problemError(problem.code, problem.detail ?? problem.code, options);
}

/** The error of a problem document, over whatever transport it came. */
export function problemError(
  code: ErrorCode,
  message: string,
  options: { status: number; retryAfter?: number },
): ClientError {
  // A newer server may have codes that this library does not know.
  const retryable = isRetryable(code) || options.status >= 500;
  return refusal(code, message, retryable, options);
}
