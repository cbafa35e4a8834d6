import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { idFrom } from '../../conversation/ids.js';
import type { MessageService } from '../../conversation/message-service.js';
import type { StartPorts } from '../../conversation/start.js';
import type { FollowPorts } from '../../generation/follow.js';
import { AppError, toAppError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import { TokenBucket } from '../../kernel/token-bucket.js';
import { closeCodeOf } from '../../protocol/close-codes.js';
import { type Frame, refusalFrame } from '../../protocol/frames.js';
import { decodeClientFrame } from '../../schemas/client-frames.js';
import type { OpenStreams } from '../open-streams.js';
import { mayConnect } from '../origins.js';
import type { SocketIdentity } from '../socket-identity.js';
import { closeSocket } from './close.js';
import { Handlers } from './handlers.js';
import type { Handshake } from './handshake.js';
import { PATIENCE, type Patience, watchLiveness } from './liveness.js';
import { SerialQueue } from './serial-queue.js';
import { Subscription, sendFrame } from './subscription.js';

/** Frames that a connection may send: far more than people, or clients that resume, ever do. */
const FRAMES = { capacity: 10_000, perSecond: 200 };

export interface ConnectionOptions {
  readonly identity: SocketIdentity;
  /** Origins of pages that may connect; `*` for all. */
  readonly corsOrigins: readonly string[];
  readonly messages: MessageService;
  readonly follow: FollowPorts;
  readonly start: StartPorts;
  readonly streams: OpenStreams;
  readonly logger: Logger;
  readonly patience?: Patience;
}

/** Serves one client until either side closes. */
export function serveConnection(
  socket: WebSocket,
  tcp: Socket,
  handshake: Handshake,
  options: ConnectionOptions,
): void {
  // ws has closed the connection by then, with the code that the error asks for.
  socket.on('error', () => {});
  // Nothing that a client says is read before it is known who it is.
  socket.pause();
  watchLiveness(socket, tcp, options.patience ?? PATIENCE);
  new Connection(socket, handshake, options).open();
}

class Connection {
  readonly #socket: WebSocket;
  readonly #handshake: Handshake;
  readonly #options: ConnectionOptions;
  readonly #queue: SerialQueue;
  readonly #bucket: TokenBucket;
  /** In lower case, once it is known to be an id. */
  #conversationId = '';

  constructor(socket: WebSocket, handshake: Handshake, options: ConnectionOptions) {
    this.#socket = socket;
    this.#handshake = handshake;
    this.#options = options;
    this.#queue = new SerialQueue(socket);
    this.#bucket = new TokenBucket(options.follow.clock, FRAMES);
  }

  open(): void {
    this.#admit().catch((error: unknown) => this.#end(error));
  }

  /** @throws AppError that ends the connection. */
  async #admit(): Promise<void> {
    const { corsOrigins, identity, streams } = this.#options;
    const { headers, credentials, cursor, conversationId } = this.#handshake;
    if (!mayConnect(headers, corsOrigins)) throw new AppError('forbidden', 'not from this origin');
    const principal = await identity.of(credentials);
    this.#conversationId = idFrom(conversationId);
    if (this.#isClosed()) return;
    const stream = streams.open(principal);
    this.#socket.once('close', stream.close);
    const requests = this.#requestsOf(principal.userId, stream.signal);
    await requests.resume({ cursor }).catch(async (error: unknown) => {
      // Closing would make the client come back with the same cursor.
      if (toAppError(error).code !== 'bad_request') throw error;
      await sendFrame(this.#socket, this.#refusal(error));
    });
    this.#listen(requests);
  }

  #requestsOf(userId: string, signal: AbortSignal): Handlers {
    const conversationId = this.#conversationId;
    const subscription = new Subscription(this.#socket, {
      follow: this.#options.follow,
      conversationId,
      onGone: () => closeSocket(this.#socket, closeCodeOf('not_found'), 'not_found'),
      onFailure: (error) => this.#end(error),
    });
    signal.addEventListener('abort', () => {
      subscription.end();
      const { reason } = signal;
      if (reason === 'token_expired' || reason === 'draining') {
        closeSocket(this.#socket, closeCodeOf(reason), reason);
      }
    });
    const { messages, start } = this.#options;
    return new Handlers({ messages, start, subscription, userId, conversationId });
  }

  #listen(requests: Handlers): void {
    this.#socket.on('message', (data, isBinary) => this.#take(() => this.#reply(requests, data, isBinary)));
    this.#socket.on('ping', (data) => {
      this.#take(() => new Promise((resolve) => this.#socket.pong(data, false, () => resolve())));
    });
    this.#socket.resume();
  }

  #take(task: () => Promise<void>): void {
    this.#queue.add(async () => {
      if (this.#bucket.take()) return task();
      closeSocket(this.#socket, closeCodeOf('rate_limited'), 'rate_limited');
    });
  }

  async #reply(requests: Handlers, data: RawData, isBinary: boolean): Promise<void> {
    const reply = await this.#answer(requests, data, isBinary).catch((error: unknown) =>
      this.#refusal(error),
    );
    if (reply) await sendFrame(this.#socket, reply);
  }

  async #answer(requests: Handlers, data: RawData, isBinary: boolean): Promise<Frame | undefined> {
    if (isBinary) throw new AppError('bad_request', 'a frame must be text');
    return requests.handle(decodeClientFrame((data as Buffer).toString()));
  }

  #refusal(thrown: unknown): Frame {
    const { code, message } = this.#known(thrown);
    return refusalFrame(this.#conversationId, code, message);
  }

  #end(thrown: unknown): void {
    const { code } = this.#known(thrown);
    closeSocket(this.#socket, closeCodeOf(code), code);
  }

  #known(thrown: unknown): AppError {
    if (!(thrown instanceof AppError)) {
      this.#options.logger.warn('socket request failed', {
        transport: 'websocket',
        conversationId: this.#conversationId,
        error: thrown,
      });
    }
    return toAppError(thrown);
  }

  #isClosed(): boolean {
    return this.#socket.readyState !== this.#socket.OPEN;
  }
}
