import type { ServerResponse } from 'node:http';
import { HEARTBEAT, HEARTBEAT_MS, SSE_HEADERS } from '../../protocol/sse.js';
import { drained } from '../drained.js';
import { onSlowReader } from '../slow-reader.js';

/** More than this may not wait to be sent, in bytes. */
const FULL_BYTES = 65_536;

/** An event stream on a raw response: a body through Koa costs more memory a connection. Whatever is written are whole events. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;

  /** Sends the headers at once. A client that does not read for `slowMs` is cut off. */
  constructor(response: ServerResponse, slowMs: number, headers: Readonly<Record<string, string>> = {}) {
    this.#response = response;
    response.socket?.setNoDelay(true);
    response.writeHead(200, { ...SSE_HEADERS, ...headers });
    response.flushHeaders();
    this.#heartbeat = setInterval(() => {
      // Behind unread bytes it would only wait, and hide that the client does not read.
      if (response.writableLength === 0) response.write(HEARTBEAT);
    }, HEARTBEAT_MS);
    response.once('close', () => clearInterval(this.#heartbeat));
    if (response.socket) {
      // The connection may be kept for other requests: nothing of this one stays on it.
      response.once(
        'close',
        onSlowReader(response.socket, slowMs, () => response.destroy()),
      );
    }
  }

  get full(): boolean {
    return this.#response.writableLength >= FULL_BYTES;
  }

  write(events: string): void {
    // Node emits `error` for a write after the end, which would end the process. The end may wait for a slow client.
    if (this.#response.writableEnded || events === '') return;
    this.#response.write(events);
  }

  drained(): Promise<void> | undefined {
    return drained(this.#response);
  }

  end(): void {
    clearInterval(this.#heartbeat);
    this.#response.end();
  }

  /** Breaks the connection: the client sees a fault of the network, and not an end. */
  break(): void {
    clearInterval(this.#heartbeat);
    this.#response.destroy();
  }
}
