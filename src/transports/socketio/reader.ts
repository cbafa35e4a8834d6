import type { Socket } from 'socket.io';
import { frameOf } from '../../gateway/frame-of.js';
import type { FollowEvent, Start } from '../../generation/follow.js';
import type { Cursor } from '../../protocol/cursor.js';
import type { Room } from './room.js';
import type { Member } from './room-handoff.js';
import type { SendBuffer } from './send-buffer.js';
import { followUnbroken, type UnbrokenPorts } from './unbroken.js';

export interface ReaderOptions {
  readonly socket: Socket;
  readonly sendBuffer: SendBuffer;
  readonly room: Room;
  readonly ports: UnbrokenPorts;
  /** The conversation is gone: there is nothing to read any more. */
  readonly onGone: () => void;
}

/**
 * One socket in one conversation. While it catches up it reads a frame, sends it and waits until there is room for the
 * next, so a socket that does not read costs a frame or two; in the room it does nothing.
 */
export class Reader implements Member {
  readonly #options: ReaderOptions;
  #catchUp = new AbortController();

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Tells the socket what comes after `start`, until `leave`. */
  begin(start: Start): void {
    const { signal } = this.#catchUp;
    this.#options.room.handoff.add(this, start);
    if (!signal.aborted) void this.#read(start, signal);
  }

  /** The socket gets nothing of this conversation any more. */
  leave(): void {
    this.#catchUp.abort();
    const { socket, room } = this.#options;
    void socket.leave(room.name);
    room.handoff.remove(this);
  }

  get full(): boolean {
    return this.#options.sendBuffer.full;
  }

  send(event: FollowEvent): void {
    const { socket, room } = this.#options;
    const frame = frameOf(room.conversationId, event);
    socket.emit(frame.type, frame);
  }

  enter(): void {
    this.#catchUp.abort();
    void this.#options.socket.join(this.#options.room.name);
  }

  fallBehind(cursor: Cursor): void {
    void this.#options.socket.leave(this.#options.room.name);
    this.#catchUp = new AbortController();
    void this.#read({ cursor, seq: cursor.seq }, this.#catchUp.signal);
  }

  dismiss(): void {
    this.#options.onGone();
  }

  async #read(start: Start, signal: AbortSignal): Promise<void> {
    const { room, ports, sendBuffer } = this.#options;
    await sendBuffer.room();
    for await (const event of followUnbroken(ports, room.conversationId, start, signal)) {
      if (signal.aborted) return;
      room.handoff.told(this, event);
      await sendBuffer.room();
    }
  }
}
