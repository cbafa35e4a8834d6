import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { adviceOf, type Proxy, type ProxyFault, proxyIn } from './proxies.js';

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a string. */
  readonly body?: unknown;
  /** Time-out for the headers, and in `ask` for the whole response, in ms. */
  readonly timeoutMs?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** From connecting to the last byte, in ms. */
  readonly tookMs: number;
}

const ANSWER_MS = 10_000;

/** The gateway under test. Each request uses a new connection, as another client would. */
export class Gateway {
  readonly url: string;
  #proxy: Proxy | undefined;

  /** `url` has no slash at its end. */
  constructor(url: string) {
    this.url = url;
  }

  /** The proxy before the gateway, if headers have shown one. */
  get proxy(): Proxy | undefined {
    return this.#proxy;
  }

  /** What to change in the proxy to repair this fault. */
  advice(fault: ProxyFault): string {
    return adviceOf(this.#proxy, fault);
  }

  /** The address with `ws` or `wss`. */
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

  /** Resolves with the headers. The caller reads the body or destroys the response. */
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
        this.noteHeaders(response.headers);
        resolve(response);
      });
      // Not `once`: a stream that is destroyed later emits another error.
      sent.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      sent.end(content);
    });
  }

  /** Recognizes the proxy by the headers of a response. */
  noteHeaders(headers: IncomingMessage['headers']): void {
    this.#proxy ??= proxyIn(headers);
  }
}

function timeout(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}

/** The code or name of an error: neither contains a secret. */
export function codeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
