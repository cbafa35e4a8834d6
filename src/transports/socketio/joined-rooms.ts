import type { Namespace, Socket } from 'socket.io';
import type { SharedFrame } from '../../gateway/shared-frame.js';
import type { Multicast, Sink, SubscriptionEnd } from '../../gateway/sink.js';
import type { Subscription, Subscriptions } from '../../gateway/subscription.js';
import type { Start } from '../../generation/follow.js';
import { AppError } from '../../kernel/errors.js';
import { refusalOf } from './refusal.js';
import type { SendBuffer } from './send-buffer.js';

/** How many conversations a socket may have joined at once. */
const MAX_ROOMS = 200;

/** The conversations that one socket has joined. */
export class JoinedRooms {
  readonly #socket: Socket;
  readonly #sendBuffer: SendBuffer;
  readonly #subscriptions: Subscriptions;
  readonly #joined = new Map<string, Subscription>();

  constructor(socket: Socket, sendBuffer: SendBuffer, subscriptions: Subscriptions) {
    this.#socket = socket;
    this.#sendBuffer = sendBuffer;
    this.#subscriptions = subscriptions;
  }

  /** @throws AppError `rate_limited` when the socket has joined too many conversations to join this one. */
  requireRoom(conversationId: string): void {
    if (this.#joined.size < MAX_ROOMS || this.#joined.has(conversationId)) return;
    throw new AppError('rate_limited', `a socket joins at most ${MAX_ROOMS} conversations: leave one`);
  }

  /** From now on the socket gets the conversation from `start` on, whatever it was sent before. */
  join(conversationId: string, start: Start): void {
    this.leave(conversationId);
    if (!this.#socket.connected) return;
    const sink = new RoomSink(this.#socket, this.#sendBuffer, conversationId, () => {
      this.#joined.delete(conversationId);
    });
    this.#joined.set(conversationId, this.#subscriptions.subscribe({ conversationId, start, sink }));
  }

  leave(conversationId: string): void {
    this.#joined.get(conversationId)?.cancel();
    this.#joined.delete(conversationId);
  }

  leaveAll(): void {
    for (const subscription of this.#joined.values()) subscription.cancel();
    this.#joined.clear();
  }
}

/** Writes one conversation's frames to one socket. In the room, one `emit` reaches all sockets of the conversation. */
class RoomSink implements Sink {
  readonly multicast: Multicast;
  readonly #socket: Socket;
  readonly #sendBuffer: SendBuffer;
  readonly #conversationId: string;
  readonly #onEnd: () => void;

  constructor(socket: Socket, sendBuffer: SendBuffer, conversationId: string, onEnd: () => void) {
    this.#socket = socket;
    this.#sendBuffer = sendBuffer;
    this.#conversationId = conversationId;
    this.#onEnd = onEnd;
    this.multicast = roomOf(socket, conversationId);
  }

  get full(): boolean {
    return this.#sendBuffer.full;
  }

  send({ frame }: SharedFrame): void {
    this.#socket.emit(frame.type, frame);
  }

  drained(): Promise<void> | undefined {
    return this.#sendBuffer.drained();
  }

  end(reason: SubscriptionEnd): void {
    this.#onEnd();
    if (reason !== 'failed') return;
    const error = new AppError('internal', 'the conversation cannot be followed: join again');
    this.#socket.emit('error', refusalOf(error, this.#conversationId));
  }
}

/** The Socket.IO room of a conversation. Adapters are in memory: every process reads the log itself. */
function roomOf(socket: Socket, conversationId: string): Multicast {
  const room = `conversation:${conversationId}`;
  const { nsp }: { nsp: Namespace } = socket;
  return {
    key: nsp,
    join: () => void socket.join(room),
    leave: () => void socket.leave(room),
    send: ({ frame }) => nsp.local.to(room).emit(frame.type, frame),
  };
}
