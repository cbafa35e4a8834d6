import type { ServerResponse } from 'node:http';
import type { SharedFrame } from '../gateway/shared-frame.js';
import type { Sink, SubscriptionEnd } from '../gateway/sink.js';
import { EventStream } from '../transports/sse/event-stream.js';
import type { DialectEvent, Projection } from './projection.js';

export interface SinkOptions {
  readonly projection: Projection;
  /** A client that does not read for so long is cut off, in ms. */
  readonly slowMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether each event has its `type` as an `event:` line, too. */
  readonly named?: boolean;
}

/** Writes frames to a response as the server-sent events of another protocol. */
export class ProjectedSink implements Sink {
  readonly #stream: EventStream;
  readonly #projection: Projection;
  readonly #named: boolean;

  /** Sends the headers and the opening at once. */
  constructor(response: ServerResponse, { projection, slowMs, headers, named = false }: SinkOptions) {
    this.#stream = new EventStream(response, slowMs, headers);
    this.#projection = projection;
    this.#named = named;
    this.#write(projection.opening());
  }

  get full(): boolean {
    return this.#stream.full;
  }

  send({ frame }: SharedFrame): void {
    const events = this.#projection.take(frame);
    if (events === 'break') this.#stream.break();
    else this.#write(events);
  }

  drained(): Promise<void> | undefined {
    return this.#stream.drained();
  }

  end(reason: SubscriptionEnd): void {
    if (reason === 'failed') return this.#stream.break();
    this.#write(this.#projection.closing());
    this.#stream.end();
  }

  /** Ends it as a fault of the network: the client is to come again, and not to take this for the answer's end. */
  break(): void {
    this.#stream.break();
  }

  #write(events: readonly DialectEvent[]): void {
    this.#stream.write(events.map((event) => this.#encode(event)).join(''));
  }

  #encode(event: DialectEvent): string {
    if (typeof event === 'string') return `data: ${event}\n\n`;
    const name = this.#named && 'type' in event ? `event: ${String(event.type)}\n` : '';
    return `${name}data: ${JSON.stringify(event)}\n\n`;
  }
}
