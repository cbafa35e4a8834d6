import type { FollowEvent, FollowOptions, Start } from '../generation/follow.js';
import type { Cursor } from '../protocol/cursor.js';
import { followWithRetry } from './follow-with-retry.js';
import { frameOf } from './frame-of.js';
import { measureDelivery } from './measure-delivery.js';
import { ProgressMonitor } from './progress-monitor.js';
import type { Member } from './room-handoff.js';
import { type Room, type RoomMember, type RoomPorts, Rooms } from './rooms.js';
import { SharedFrame } from './shared-frame.js';
import type { Sink, SubscriptionEnd } from './sink.js';

export interface SubscribeOptions extends FollowOptions {
  readonly conversationId: string;
  readonly sink: Sink;
}

/** Lets clients follow conversations, on whatever transport. */
export class Subscriptions {
  readonly #ports: RoomPorts;
  readonly #rooms: Rooms;

  constructor(ports: RoomPorts) {
    this.#ports = ports;
    this.#rooms = new Rooms(ports);
  }

  /** Sends what comes after `start` to the sink, until it is cancelled or ends by itself. */
  subscribe(options: SubscribeOptions): Subscription {
    const subscription = new Subscription(this.#ports, this.#rooms, options);
    subscription.begin();
    return subscription;
  }
}

/**
 * One client that follows one conversation. It first reads for itself: an event, its frame, then it waits until the
 * connection has room for the next, so a client that does not read costs little memory. Once it is up to date it enters
 * the conversation's room and gets what the room's pump reads. If its connection fills up, it reads for itself again.
 *
 * With `until` it always reads for itself, since it must stop at a certain place.
 */
export class Subscription implements Member, RoomMember {
  readonly sink: Sink;
  readonly #ports: RoomPorts;
  readonly #rooms: Rooms;
  readonly #options: SubscribeOptions;
  /** Absent with `until`. */
  readonly #room: Room | undefined;
  #reading = new AbortController();
  #over = false;

  constructor(ports: RoomPorts, rooms: Rooms, options: SubscribeOptions) {
    this.#ports = ports;
    this.#rooms = rooms;
    this.#options = options;
    this.sink = options.sink;
    this.#room = options.until === undefined ? rooms.of(options.conversationId) : undefined;
  }

  begin(): void {
    const { signal } = this.#reading;
    const { start } = this.#options;
    this.#room?.handoff.add(this, start);
    if (signal.aborted) return;
    void this.#run(this.#room ? this.#readToRoom(start, signal) : this.#readAlone(signal));
  }

  /** The sink gets nothing more. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#reading.abort();
    this.sink.multicast?.leave();
    if (!this.#room) return;
    this.#room.handoff.remove(this);
    this.#rooms.release(this.#room);
  }

  get full(): boolean {
    return this.sink.full;
  }

  send(event: FollowEvent): void {
    this.sink.send(new SharedFrame(frameOf(this.#options.conversationId, event)));
    measureDelivery(this.#ports.metrics, event, 1);
  }

  enter(): void {
    this.#reading.abort();
    this.sink.multicast?.join();
    this.#room?.greet(this);
  }

  fallBehind(cursor: Cursor): void {
    this.sink.multicast?.leave();
    this.#reading = new AbortController();
    void this.#run(this.#readToRoom({ cursor, seq: cursor.seq }, this.#reading.signal));
  }

  dismiss(): void {
    this.#end('deleted');
  }

  fail(): void {
    this.#end('failed');
  }

  /** Never rejects. */
  async #run(reading: Promise<void>): Promise<void> {
    try {
      await reading;
    } catch (error) {
      if (this.#over) return;
      this.#ports.onFailure(error);
      this.#end('failed');
    }
  }

  async #readToRoom(start: Start, signal: AbortSignal): Promise<void> {
    await this.sink.drained();
    for await (const event of this.#follow({ start }, signal)) {
      if (signal.aborted) return;
      this.#room?.handoff.told(this, event);
      await this.sink.drained();
    }
  }

  async #readAlone(signal: AbortSignal): Promise<void> {
    const { conversationId } = this.#options;
    const progress = new ProgressMonitor(this.#ports, conversationId, (frame) =>
      this.sink.send(new SharedFrame(frame)),
    );
    // The loop waits for a client that does not read, so the end of the subscription stops the signs.
    signal.addEventListener('abort', () => progress.stop());
    progress.start(this.#options.start.cursor);
    try {
      for await (const event of this.#follow(this.#options, signal)) {
        if (signal.aborted) return;
        progress.observe(event);
        this.send(event);
        if (event.kind === 'gone') return this.#end('deleted');
        await this.sink.drained();
      }
      if (!signal.aborted) this.#end('complete');
    } finally {
      progress.stop();
    }
  }

  #follow(options: FollowOptions, signal: AbortSignal): AsyncGenerator<FollowEvent, void> {
    return followWithRetry(this.#ports, this.#options.conversationId, options, signal);
  }

  #end(reason: SubscriptionEnd): void {
    if (this.#over) return;
    this.cancel();
    this.sink.end(reason);
  }
}
