import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import type { Gateway } from './gateway.js';

/** The result of opening a WebSocket. */
export type OpenResult =
  | { readonly kind: 'open'; readonly socket: MessageSocket }
  /** The response is no upgrade. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly code: string };

const OPEN_MS = 10_000;

/** Reads the messages of a WebSocket one by one. */
export class MessageSocket {
  readonly ws: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #lines: string[] = [];
  #over = false;
  #wake: () => void = () => {};

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data: Buffer) => {
      this.#lines.push(data.toString());
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => {
        this.#over = true;
        this.#wake();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** The next message; undefined when none comes within `ms`, or the socket has closed. */
  async next(ms: number): Promise<string | undefined> {
    if (this.#lines.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
    return this.#lines.shift();
  }

  /** The next message that matches; others are dropped. */
  async nextMatching(matches: (line: string) => boolean, ms: number): Promise<string | undefined> {
    const deadline = performance.now() + ms;
    for (;;) {
      const line = await this.next(Math.max(0, deadline - performance.now()));
      if (line === undefined || matches(line)) return line;
    }
  }

  end(): void {
    this.ws.terminate();
  }
}

export function openWebSocket(
  gateway: Gateway,
  path: string,
  headers: Record<string, string>,
): Promise<OpenResult> {
  const ws = new WebSocket(gateway.socketUrl(path), {
    headers,
    handshakeTimeout: OPEN_MS,
    perMessageDeflate: false,
  });
  const socket = new MessageSocket(ws);
  return new Promise((resolve) => {
    ws.once('open', () => resolve({ kind: 'open', socket }));
    ws.once('upgrade', (response: IncomingMessage) => gateway.noteHeaders(response.headers));
    ws.once('unexpected-response', (_request, response: IncomingMessage) => {
      gateway.noteHeaders(response.headers);
      const { statusCode: status = 0 } = response;
      const refused = (body: string): void => {
        resolve({ kind: 'refused', status, body });
        ws.terminate();
      };
      text(response).then(refused, () => refused(''));
    });
    ws.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'failed', code: error.code ?? error.message }),
    );
  });
}
