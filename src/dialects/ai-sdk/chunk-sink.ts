import type { SharedFrame } from '../../gateway/shared-frame.js';
import type { Sink, SubscriptionEnd } from '../../gateway/sink.js';
import type { SocketSink } from '../../transports/websocket/socket-sink.js';
import type { DialectEvent } from '../projection.js';
import type { UiMessageStream } from './ui-message-stream.js';

export interface ChunkSinkOptions {
  readonly requestId: string;
  readonly projection: UiMessageStream;
  /** The last chunk that the client has of this answer; undefined: none. */
  readonly lastSequence: number | undefined;
  /** Called when the answer has been told to its end. */
  readonly onEnd: () => void;
}

/**
 * Writes one answer as the numbered chunks of a request, of which a connection may carry several.
 *
 * The numbers count the chunks of one request: 0, 1, 2 … A client that has chunks up to `lastSequence` and keeps them gets
 * `reset-step`, which drops the text of the answer, and then the answer from its start. Where a chunk of text ends depends on
 * when it is read, so another gateway cannot tell which text the client's last number stood for.
 */
export class ChunkSink implements Sink {
  readonly #connection: SocketSink;
  readonly #options: ChunkSinkOptions;
  #next: number;

  constructor(connection: SocketSink, options: ChunkSinkOptions) {
    const { projection, lastSequence } = options;
    this.#connection = connection;
    this.#options = options;
    this.#next = lastSequence === undefined ? 0 : lastSequence + 1;
    this.#write(lastSequence === undefined ? projection.opening() : [{ type: 'reset-step' }]);
  }

  get full(): boolean {
    return this.#connection.full;
  }

  send({ frame }: SharedFrame): void {
    const chunks = this.#options.projection.take(frame);
    if (chunks === 'break') this.#connection.end('failed');
    else this.#write(chunks);
  }

  drained(): Promise<void> | undefined {
    return this.#connection.drained();
  }

  end(reason: SubscriptionEnd): void {
    // The client is to connect again and to resume, and not to take this for the end of the answer.
    if (reason === 'failed') return this.#connection.end(reason);
    const { requestId, onEnd } = this.#options;
    this.#connection.write({ type: 'end', requestId });
    onEnd();
  }

  #write(chunks: readonly DialectEvent[]): void {
    const { requestId } = this.#options;
    for (const chunk of chunks) {
      this.#connection.write({ type: 'chunk', requestId, sequence: this.#next, chunk });
      this.#next += 1;
    }
  }
}
