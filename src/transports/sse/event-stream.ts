import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Frame } from '../../protocol/frames.js';
import { encodeEvent, HEARTBEAT, HEARTBEAT_MS, RETRY_MS, SSE_HEADERS } from '../../protocol/sse.js';

/**
 * An event stream on a raw response: a body through Koa costs more memory a connection. Writes one frame at a time and
 * waits until the client has room for it, so a client that does not read costs one frame.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  #prefix = `retry: ${RETRY_MS}\n`;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.socket?.setNoDelay(true);
    response.writeHead(200, SSE_HEADERS);
    response.flushHeaders();
    this.#heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(HEARTBEAT);
    }, HEARTBEAT_MS);
  }

  /** Resolves when the next frame may be written, or the client has gone. */
  async send(frame: Frame, signal: AbortSignal): Promise<void> {
    const event = this.#prefix + encodeEvent(frame);
    this.#prefix = '';
    if (!this.#response.write(event)) await once(this.#response, 'drain', { signal }).catch(() => {});
  }

  end(): void {
    clearInterval(this.#heartbeat);
    this.#response.end();
  }
}
