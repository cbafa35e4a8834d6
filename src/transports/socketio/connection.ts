import type { Socket } from 'socket.io';
import type { Start } from '../../generation/follow.js';
import { Reader } from './reader.js';
import type { Rooms } from './room.js';
import type { SendBuffer } from './send-buffer.js';
import type { UnbrokenPorts } from './unbroken.js';

/** The conversations that one socket has joined, each read at its own pace. */
export class Connection {
  readonly #socket: Socket;
  readonly #sendBuffer: SendBuffer;
  readonly #rooms: Rooms;
  readonly #ports: UnbrokenPorts;
  readonly #leaves = new Map<string, () => void>();

  constructor(socket: Socket, sendBuffer: SendBuffer, rooms: Rooms, ports: UnbrokenPorts) {
    this.#socket = socket;
    this.#sendBuffer = sendBuffer;
    this.#rooms = rooms;
    this.#ports = ports;
  }

  /** From now on the socket is told the conversation from `start` on, whatever it was told before. */
  join(conversationId: string, start: Start): void {
    this.leave(conversationId);
    if (!this.#socket.connected) return;
    const room = this.#rooms.of(conversationId);
    const leave = (): void => {
      this.#leaves.delete(conversationId);
      reader.leave();
      this.#rooms.tidy(room);
    };
    const reader = new Reader({
      socket: this.#socket,
      sendBuffer: this.#sendBuffer,
      room,
      ports: this.#ports,
      onGone: leave,
    });
    this.#leaves.set(conversationId, leave);
    reader.begin(start);
  }

  leave(conversationId: string): void {
    this.#leaves.get(conversationId)?.();
  }

  leaveAll(): void {
    for (const leave of this.#leaves.values()) leave();
  }
}
