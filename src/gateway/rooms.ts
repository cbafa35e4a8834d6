import type { FollowEvent } from '../generation/follow.js';
import type { Cursor } from '../protocol/cursor.js';
import type { Frame } from '../protocol/frames.js';
import { followWithRetry, type RetryPorts } from './follow-with-retry.js';
import { frameOf } from './frame-of.js';
import { measureDelivery } from './measure-delivery.js';
import { ProgressMonitor } from './progress-monitor.js';
import { RoomHandoff } from './room-handoff.js';
import { SharedFrame } from './shared-frame.js';
import type { Sink } from './sink.js';

export interface RoomPorts extends RetryPorts {
  /** Called when a room's pump has failed for good. */
  readonly onFailure: (error: unknown) => void;
}

/** A member of a room: a subscription with its sink. */
export interface RoomMember {
  readonly sink: Sink;
  /** The pump has failed for good. */
  fail(): void;
}

/**
 * All subscriptions of this process to one conversation. One pump follows the conversation and sends each frame to all
 * members, encoded once, however many there are.
 */
export class Room {
  readonly conversationId: string;
  readonly handoff: RoomHandoff<RoomMember>;
  readonly #ports: RoomPorts;
  readonly #progress: ProgressMonitor;
  #pump = new AbortController();

  constructor(ports: RoomPorts, conversationId: string) {
    this.conversationId = conversationId;
    this.#ports = ports;
    this.#progress = new ProgressMonitor(ports, conversationId, (frame) => this.#broadcast(frame));
    this.handoff = new RoomHandoff({
      broadcast: (event) => {
        this.#broadcast(frameOf(conversationId, event));
        measureDelivery(ports.metrics, event, this.handoff.members.size);
      },
      startPump: (cursor) => void this.#runPump(cursor),
      stopPump: () => {
        this.#pump.abort();
        this.#progress.stop();
      },
    });
  }

  /** Sends a member that has just entered the signs that the others have. */
  greet({ sink }: RoomMember): void {
    for (const sign of this.#progress.signs) sink.send(new SharedFrame(sign));
  }

  /** Sends a frame to all members: once a multicast group, else once a member. */
  #broadcast(frame: Frame): void {
    const shared = new SharedFrame(frame);
    const groups = new Set<object>();
    for (const { sink } of this.handoff.members) {
      const { multicast } = sink;
      if (!multicast) {
        sink.send(shared);
      } else if (!groups.has(multicast.key)) {
        groups.add(multicast.key);
        multicast.send(shared);
      }
    }
  }

  async #runPump(cursor: Cursor): Promise<void> {
    const pump = new AbortController();
    this.#pump = pump;
    this.#progress.start(cursor);
    try {
      for await (const event of this.#follow(cursor, pump.signal)) {
        if (pump.signal.aborted) return;
        this.#progress.observe(event);
        this.handoff.pumped(event);
      }
    } catch (error) {
      this.#ports.onFailure(error);
      for (const member of this.handoff.members) member.fail();
    }
  }

  #follow(cursor: Cursor, signal: AbortSignal): AsyncGenerator<FollowEvent, void> {
    return followWithRetry(this.#ports, this.conversationId, { start: { cursor, seq: cursor.seq } }, signal);
  }
}

/** The rooms of this process. A room exists while it has subscriptions. */
export class Rooms {
  readonly #ports: RoomPorts;
  readonly #rooms = new Map<string, Room>();

  constructor(ports: RoomPorts) {
    this.#ports = ports;
  }

  /** The conversation's room. `release` it when a subscription has left it. */
  of(conversationId: string): Room {
    const room = this.#rooms.get(conversationId) ?? new Room(this.#ports, conversationId);
    this.#rooms.set(conversationId, room);
    return room;
  }

  /** Forgets a room that is empty. */
  release({ conversationId, handoff }: Room): void {
    if (handoff.empty) this.#rooms.delete(conversationId);
  }
}
