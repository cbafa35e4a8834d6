import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { adviceOf, type Proxy, proxyIn, type Trouble } from './proxies.js';

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a string. */
  readonly body?: unknown;
  /** How long the headers may take, and in `ask` the whole, in ms. */
  readonly timeoutMs?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** From the first byte sent to the last one received, connecting included, in ms. */
  readonly tookMs: number;
}

const ANSWER_MS = 10_000;

/** The address under test. Each request has a connection of its own, as if another client had come. */
export class Gateway {
  readonly url: string;
  #proxy: Proxy | undefined;

  /** `url` has no slash at its end. */
  constructor(url: string) {
    this.url = url;
  }

  /** What stands before the gateway, as far as its answers have shown. */
  get proxy(): Proxy | undefined {
    return this.#proxy;
  }

  /** What to change there so that this trouble goes away. */
  advice(trouble: Trouble): string {
    return adviceOf(this.#proxy, trouble);
  }

  /** For `ws` and `wss`. */
  socketUrl(path: string): string {
    return this.url.replace(/^http/, 'ws') + path;
  }

  async ask(path: string, options: Ask = {}): Promise<Reply> {
    const began = performance.now();
    const response = await this.open(path, options);
    const timer = setTimeout(() => response.destroy(timeout()), options.timeoutMs ?? ANSWER_MS);
    try {
      const body = await text(response);
      const { statusCode = 0, headers } = response;
      return { status: statusCode, headers, body, tookMs: performance.now() - began };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when the headers are there; the body is the caller's, to read or to destroy. */
  open(path: string, { method = 'GET', headers = {}, body, timeoutMs = ANSWER_MS }: Ask = {}) {
    const content = typeof body === 'string' ? body : JSON.stringify(body);
    const request = this.url.startsWith('https:') ? requestHttps : requestHttp;
    return new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(this.url + path, {
        method,
        agent: false,
        headers: {
          'User-Agent': 'veda-gateway-doctor',
          ...(content !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
      });
      const timer = setTimeout(() => sent.destroy(timeout()), timeoutMs);
      sent.once('response', (response) => {
        clearTimeout(timer);
        this.saw(response.headers);
        resolve(response);
      });
      // Stays: a stream that is given up later fails once more.
      sent.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      sent.end(content);
    });
  }

  /** Remembers what an answer's headers tell about who stands in between. */
  saw(headers: IncomingMessage['headers']): void {
    this.#proxy ??= proxyIn(headers);
  }
}

function timeout(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}

/** What an error says of itself that is no secret. */
export function codeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
