import type { ServerResponse } from 'node:http';
import type { SharedFrame } from '../../gateway/shared-frame.js';
import type { Sink, SubscriptionEnd } from '../../gateway/sink.js';
import { RETRY_MS } from '../../protocol/sse.js';
import { EventStream } from './event-stream.js';

/** Sends frames as an event stream (docs/protocol.md, "SSE"). Ends the response when the subscription ends. */
export class EventStreamSink implements Sink {
  readonly #stream: EventStream;
  #prefix = `retry: ${RETRY_MS}\n`;

  /** Sends the headers at once. A client that does not read for `slowMs` is cut off. */
  constructor(response: ServerResponse, slowMs: number) {
    this.#stream = new EventStream(response, slowMs);
  }

  get full(): boolean {
    return this.#stream.full;
  }

  send(frame: SharedFrame): void {
    this.#stream.write(this.#prefix + frame.event);
    this.#prefix = '';
  }

  drained(): Promise<void> | undefined {
    return this.#stream.drained();
  }

  end(_reason?: SubscriptionEnd): void {
    this.#stream.end();
  }
}
