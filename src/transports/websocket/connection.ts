import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { Principal } from '../../account/principal.js';
import { idFrom } from '../../conversation/ids.js';
import type { StartPorts } from '../../conversation/start.js';
import type { Commands } from '../../gateway/commands.js';
import type { OpenStreams } from '../../gateway/open-streams.js';
import type { Subscriptions } from '../../gateway/subscription.js';
import { UserActivity } from '../../gateway/user-activity.js';
import { UserStream, type UserStreamPorts } from '../../gateway/user-stream.js';
import type { Clock } from '../../kernel/clock.js';
import { AppError, toAppError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import type { SecurityLog } from '../../kernel/security-log.js';
import { TokenBucket } from '../../kernel/token-bucket.js';
import { closeCodeOf } from '../../protocol/close-codes.js';
import { refusalFrame, streamRefusal } from '../../protocol/frames.js';
import { placesOf } from '../../schemas/stream-places.js';
import { FRAME_BUDGET } from '../frame-budget.js';
import { mayConnect } from '../origins.js';
import type { SocketIdentity } from '../socket-identity.js';
import { closeSocket } from './close.js';
import { Handlers } from './handlers.js';
import type { Handshake } from './handshake.js';
import { LIVENESS, type LivenessLimits, watchLiveness } from './liveness.js';
import { SerialQueue } from './serial-queue.js';
import { SocketSink } from './socket-sink.js';
import { UserHandlers } from './user-handlers.js';

export interface ConnectionOptions {
  readonly identity: SocketIdentity;
  /** Origins of pages that may connect; `*` for all. */
  readonly corsOrigins: readonly string[];
  readonly commands: Commands;
  readonly subscriptions: Subscriptions;
  readonly start: StartPorts;
  readonly clock: Clock;
  readonly streams: OpenStreams;
  readonly security: SecurityLog;
  readonly logger: Logger;
  readonly liveness?: LivenessLimits;
  readonly userStreams: UserStreamPorts;
  /** Protocols that others made, by their path. */
  readonly dialects: ReadonlyMap<string, SocketDialect>;
}

/** Serves one client of another protocol, which has been authenticated. */
export type SocketDialect = (principal: Principal, connection: SocketSink) => FrameHandlers;

/** What a connection does with the frames of its client. */
export interface FrameHandlers {
  /** Handles a frame and returns the reply to its sender, if there is one. @throws AppError when it is refused. */
  handle(text: string): Promise<object | undefined>;
  /** Sends nothing more. `reason` as for `OpenStream`; the connection is closed afterwards. */
  close(reason?: unknown): void;
}

/** Serves one client until either side closes. */
export function serveConnection(
  socket: WebSocket,
  tcp: Socket,
  handshake: Handshake,
  options: ConnectionOptions,
): void {
  // By then ws has closed the connection with the code for the error.
  socket.on('error', () => {});
  // Nothing is read before the client is authenticated.
  socket.pause();
  watchLiveness(socket, tcp, options.liveness ?? LIVENESS);
  new Connection(socket, tcp, handshake, options).open();
}

class Connection {
  readonly #socket: WebSocket;
  readonly #tcp: Socket;
  readonly #handshake: Handshake;
  readonly #options: ConnectionOptions;
  readonly #queue: SerialQueue;
  readonly #bucket: TokenBucket;
  /** Lower case. Empty until the id is known to be valid, and on a connection of all conversations. */
  #conversationId = '';
  /** Once it is known. */
  #userId = '';

  constructor(socket: WebSocket, tcp: Socket, handshake: Handshake, options: ConnectionOptions) {
    this.#socket = socket;
    this.#tcp = tcp;
    this.#handshake = handshake;
    this.#options = options;
    this.#queue = new SerialQueue(socket);
    this.#bucket = new TokenBucket(options.clock, FRAME_BUDGET);
  }

  open(): void {
    this.#admit().catch((error: unknown) => this.#end(error));
  }

  /** @throws AppError that ends the connection. */
  async #admit(): Promise<void> {
    const { corsOrigins, identity, security, streams } = this.#options;
    const { request, credentials, conversationId } = this.#handshake;
    if (!mayConnect(request.headers, corsOrigins)) {
      security.note('origin refused', { transport: 'websocket' });
      throw new AppError('forbidden', 'not from this origin');
    }
    const principal = await identity.of(credentials, request);
    this.#userId = principal.userId;
    if (conversationId !== undefined) this.#conversationId = idFrom(conversationId);
    if (this.#isClosed()) return;
    const stream = streams.open(principal, 'websocket', identity.addressOf(request));
    this.#socket.once('close', stream.close);
    const sink = new SocketSink(this.#socket, this.#tcp);
    this.#listen(await this.#handlersFor(principal, sink, stream.signal));
  }

  #handlersFor(principal: Principal, sink: SocketSink, signal: AbortSignal): Promise<FrameHandlers> {
    const { pathname, conversationId } = this.#handshake;
    const dialect = this.#options.dialects.get(pathname);
    if (dialect) return this.#serveDialect(dialect(principal, sink), signal);
    if (conversationId === undefined) return this.#followAll(principal, sink, signal);
    return this.#followOne(principal, sink, signal);
  }

  async #serveDialect(handlers: FrameHandlers, signal: AbortSignal): Promise<FrameHandlers> {
    this.#endWith(signal, handlers);
    return handlers;
  }

  async #followOne(principal: Principal, sink: SocketSink, signal: AbortSignal): Promise<FrameHandlers> {
    const { commands, start, subscriptions } = this.#options;
    const conversationId = this.#conversationId;
    const handlers = new Handlers({ commands, start, subscriptions, sink, principal, conversationId });
    this.#endWith(signal, handlers);
    const { cursor } = this.#handshake;
    await handlers.follow({ cursor }).catch((error: unknown) => this.#refuseCursor(error));
    return handlers;
  }

  async #followAll(principal: Principal, sink: SocketSink, signal: AbortSignal): Promise<FrameHandlers> {
    const { commands, userStreams: ports } = this.#options;
    const activity = await UserActivity.open({ ...ports, store: ports.start.store }, principal.userId);
    const stream = new UserStream(ports, principal, activity, sink);
    const handlers = new UserHandlers({ commands, principal, stream });
    this.#endWith(signal, handlers);
    try {
      void stream.run(placesOf(this.#handshake.cursors));
    } catch (error) {
      await this.#refuseCursor(error);
      void stream.run(new Map());
    }
    return handlers;
  }

  /** Closing would make the client reconnect with the same cursor. @throws what is not about the cursor */
  async #refuseCursor(error: unknown): Promise<void> {
    if (toAppError(error).code !== 'bad_request') throw error;
    await this.#send(this.#refusal(error));
  }

  #endWith(signal: AbortSignal, handlers: FrameHandlers): void {
    const end = (): void => {
      const { reason } = signal;
      handlers.close(reason);
      if (reason === 'token_expired' || reason === 'draining') {
        closeSocket(this.#socket, closeCodeOf(reason), reason);
      }
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  }

  #listen(handlers: FrameHandlers): void {
    this.#socket.on('message', (data, isBinary) => this.#take(() => this.#reply(handlers, data, isBinary)));
    this.#socket.on('ping', (data) => {
      this.#take(() => new Promise((resolve) => this.#socket.pong(data, false, () => resolve())));
    });
    // Nothing is done for a pong, but a flood of them costs time all the same.
    this.#socket.on('pong', () => {
      if (!this.#bucket.take()) this.#closeFlooded();
    });
    this.#socket.resume();
  }

  #take(task: () => Promise<void>): void {
    this.#queue.add(async () => {
      if (this.#bucket.take()) return task();
      this.#closeFlooded();
    });
  }

  #closeFlooded(): void {
    if (this.#isClosed()) return;
    this.#options.security.note('connection flooded', { transport: 'websocket', userId: this.#userId });
    closeSocket(this.#socket, closeCodeOf('rate_limited'), 'rate_limited');
  }

  async #reply(handlers: FrameHandlers, data: RawData, isBinary: boolean): Promise<void> {
    try {
      if (isBinary) throw new AppError('bad_request', 'a frame must be text');
      const reply = await handlers.handle((data as Buffer).toString());
      if (reply) await this.#send(reply);
    } catch (error) {
      await this.#send(this.#refusal(error));
    }
  }

  /** Resolves when the frame has left the process: the next request is not handled before. */
  #send(frame: object): Promise<void> {
    return new Promise((resolve) => this.#socket.send(JSON.stringify(frame), () => resolve()));
  }

  /** On `/ws` the frame has no `conversationId`. */
  #refusal(thrown: unknown): object {
    const { code, message } = this.#known(thrown);
    if (this.#conversationId === '') return streamRefusal(code, message);
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
