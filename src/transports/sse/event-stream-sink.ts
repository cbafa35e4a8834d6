import type { ServerResponse } from 'node:http';
import type { SharedFrame } from '../../gateway/shared-frame.js';
import type { Sink, SubscriptionEnd } from '../../gateway/sink.js';
import { HEARTBEAT, HEARTBEAT_MS, RETRY_MS, SSE_HEADERS } from '../../protocol/sse.js';
import { drained } from '../drained.js';
import { onSlowReader } from '../slow-reader.js';

/** More than this may not wait to be sent, in bytes. */
const FULL_BYTES = 65_536;

/**
 * An event stream on a raw response (docs/protocol.md, "SSE"): a body through Koa costs more memory a connection. Ends the
 * response when the subscription ends.
 */
export class EventStreamSink implements Sink {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  #prefix = `retry: ${RETRY_MS}\n`;

  /** Sends the headers at once. A client that does not read for `slowMs` is cut off. */
  constructor(response: ServerResponse, slowMs: number) {
    this.#response = response;
    response.socket?.setNoDelay(true);
    response.writeHead(200, SSE_HEADERS);
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

  send(frame: SharedFrame): void {
    // Node emits `error` for a write after the end, which would end the process. The end may wait for a slow client.
    if (this.#response.writableEnded) return;
    this.#response.write(this.#prefix + frame.event);
    this.#prefix = '';
  }

  drained(): Promise<void> | undefined {
    return drained(this.#response);
  }

  end(_reason?: SubscriptionEnd): void {
    clearInterval(this.#heartbeat);
    this.#response.end();
  }
}
