import type { ServerResponse } from 'node:http';
import type { SharedFrame } from '../../gateway/shared-frame.js';
import type { Sink } from '../../gateway/sink.js';
import type { StreamRefusal } from '../../protocol/frames.js';
import { formatPlaces } from '../../protocol/places.js';
import { eventOf, RETRY_MS } from '../../protocol/sse.js';
import { EventStream } from './event-stream.js';

/** How many conversations the id of an event names, those that moved last. It is sent with every event: 1 kB at most. */
const ID_PLACES = 20;

/** Sends the frames of many conversations as an event stream (docs/protocol.md, "One stream for all conversations"). */
export class UserStreamSink implements Sink {
  readonly #stream: EventStream;
  /** Where the client stands. What moved last comes last. */
  readonly #places = new Map<string, string>();
  #prefix = `retry: ${RETRY_MS}\n`;

  /** Sends the headers at once. A client that does not read for `slowMs` is cut off. */
  constructor(response: ServerResponse, slowMs: number) {
    this.#stream = new EventStream(response, slowMs);
  }

  get full(): boolean {
    return this.#stream.full;
  }

  send({ frame, json }: SharedFrame): void {
    const moves = 'cursor' in frame && frame.cursor !== undefined;
    if (moves) this.#move(frame.conversationId, frame.cursor);
    this.#write(eventOf(json, moves ? formatPlaces(this.#places) : undefined));
  }

  drained(): Promise<void> | undefined {
    return this.#stream.drained();
  }

  /** Says why the stream ends. */
  refuse(refusal: StreamRefusal): void {
    this.#write(eventOf(JSON.stringify(refusal), undefined));
  }

  end(): void {
    this.#stream.end();
  }

  #write(event: string): void {
    this.#stream.write(this.#prefix + event);
    this.#prefix = '';
  }

  #move(conversationId: string, cursor: string): void {
    this.#places.delete(conversationId);
    this.#places.set(conversationId, cursor);
    const [oldest] = this.#places.keys();
    if (this.#places.size > ID_PLACES && oldest !== undefined) this.#places.delete(oldest);
  }
}
