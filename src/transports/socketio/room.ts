import type { Namespace } from 'socket.io';
import { frameOf } from '../../gateway/frame-of.js';
import type { Cursor } from '../../protocol/cursor.js';
import { RoomHandoff } from './room-handoff.js';
import { followUnbroken, type UnbrokenPorts } from './unbroken.js';

/** The Socket.IO room of a conversation. */
export type RoomName = `conversation:${string}`;

/**
 * A conversation for all sockets of this process that have joined it: one pump reads it and emits each frame to the room
 * once, whatever the number of sockets.
 */
export class Room {
  readonly conversationId: string;
  readonly name: RoomName;
  readonly handoff: RoomHandoff;
  readonly #ports: UnbrokenPorts;
  #pump = new AbortController();

  /** `io` has the in-memory adapter: every process reads the log for itself. */
  constructor(io: Namespace, ports: UnbrokenPorts, conversationId: string) {
    this.conversationId = conversationId;
    this.name = `conversation:${conversationId}`;
    this.#ports = ports;
    this.handoff = new RoomHandoff({
      broadcast: (event) => {
        const frame = frameOf(conversationId, event);
        io.local.to(this.name).emit(frame.type, frame);
      },
      startPump: (cursor) => void this.#runPump(cursor),
      stopPump: () => this.#pump.abort(),
    });
  }

  async #runPump(cursor: Cursor): Promise<void> {
    const pump = new AbortController();
    this.#pump = pump;
    const events = followUnbroken(this.#ports, this.conversationId, { cursor, seq: cursor.seq }, pump.signal);
    for await (const event of events) {
      if (pump.signal.aborted) return;
      this.handoff.pumped(event);
    }
  }
}

/** The rooms of this process: each exists while a socket has joined its conversation. */
export class Rooms {
  readonly #io: Namespace;
  readonly #ports: UnbrokenPorts;
  readonly #rooms = new Map<string, Room>();

  constructor(io: Namespace, ports: UnbrokenPorts) {
    this.#io = io;
    this.#ports = ports;
  }

  /** The conversation's room, to be tidied once it is left. */
  of(conversationId: string): Room {
    const room = this.#rooms.get(conversationId) ?? new Room(this.#io, this.#ports, conversationId);
    this.#rooms.set(conversationId, room);
    return room;
  }

  /** Forgets a room that nobody is in any more. */
  tidy({ conversationId, handoff }: Room): void {
    if (handoff.empty) this.#rooms.delete(conversationId);
  }
}
