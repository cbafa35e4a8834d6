import type { FollowEvent, Start } from '../generation/follow.js';
import { type Cursor, compareCursors, textPosition } from '../protocol/cursor.js';

/** A subscription to a conversation, as the handoff sees it. */
export interface Member {
  /** Its send buffer is over the limit: further frames would only fill the memory. */
  readonly full: boolean;
  send(event: FollowEvent): void;
  /** From now on it gets the broadcasts of the room, and stops reading for itself. */
  enter(): void;
  /** From now on it gets no broadcasts. Once it has drained it reads for itself, after `cursor`. */
  fallBehind(cursor: Cursor): void;
  /** Ends it: the conversation was deleted. */
  dismiss(): void;
}

export interface RoomHandoffPorts {
  /** Sends `event` to all members in the room. */
  broadcast(event: FollowEvent): void;
  /** Starts the pump: it calls `pumped` with each event after `cursor`. */
  startPump(cursor: Cursor): void;
  /** Stops the pump: it no longer calls `pumped`. */
  stopPump(): void;
}

/** The state of a member that reads for itself. */
interface Reading {
  cursor: Cursor;
  /** The member got its `ready`, which is sent once. */
  toldReady: boolean;
  /** It has read everything stored so far, so the pump may start at its place. */
  upToDate: boolean;
  /** Its next text needs a `reset` before it, which the other members do not need. */
  resetDue: boolean;
  /** The generation whose `stopping` it got. */
  stopping: string | undefined;
  /** What it got of the generation at its place. */
  notices: Notices;
}

/** What is told once of a generation, and has no cursor. */
type Notice = Extract<FollowEvent, { kind: 'alert' | 'sources' }>;
type Notices = Readonly<Partial<Record<Notice['kind'], Notice>>>;

const NOTICES = ['alert', 'sources'] as const;

/**
 * The handoff between a room, whose pump sends each frame to all members at once, and members that read for themselves.
 *
 * A member is either catching up, and reads from a place of its own, or in the room, at the pump's place. It enters the
 * room in the tick in which both places are equal, and leaves it at the pump's place. So it misses no frame and gets none
 * twice. While it catches up it reads no further than the pump's place: otherwise it could stay ahead of the pump for ever
 * and never enter.
 *
 *   the pump is at 3.1.50, a member reads up to 3.1.40     the member reads on, to 3.1.50 at the most
 *   both are at 3.1.50                                     the member enters the room
 *   the member's connection is full at 3.1.90              it leaves the room, and reads from 3.1.90 when there is room
 *
 * The pump runs while members are in the room. It starts at the place of the first up-to-date member, and waits for none.
 */
export class RoomHandoff<M = unknown> {
  readonly #ports: RoomHandoffPorts;
  readonly #catchingUp = new Map<Member & M, Reading>();
  readonly #inRoom = new Set<Member & M>();
  /** The pump's place, while there is one. */
  #place: Cursor | undefined;
  /** The generation whose `stopping` was broadcast. */
  #stopping: string | undefined;
  /** What was broadcast of the generation at the pump's place. */
  #notices: Notices = {};

  constructor(ports: RoomHandoffPorts) {
    this.#ports = ports;
  }

  get empty(): boolean {
    return this.#inRoom.size === 0 && this.#catchingUp.size === 0;
  }

  /** The members in the room. */
  get members(): ReadonlySet<M> {
    return this.#inRoom;
  }

  /** A member begins at `start`; it may be in the room when this returns. */
  add(member: Member & M, { cursor, resetFirst = false }: Start): void {
    this.#catchingUp.set(member, {
      cursor,
      resetDue: resetFirst,
      toldReady: false,
      upToDate: false,
      stopping: undefined,
      notices: {},
    });
    this.#meet(member);
  }

  remove(member: Member & M): void {
    this.#catchingUp.delete(member);
    if (this.#inRoom.delete(member)) this.#stopIfEmpty();
  }

  /** Takes the event that a member has read for itself, right after its place. */
  told(member: Member & M, event: FollowEvent): void {
    const reading = this.#catchingUp.get(member);
    if (!reading) return;
    if (event.kind === 'gone') {
      this.#catchingUp.delete(member);
      member.send(event);
      return member.dismiss();
    }
    if (event.kind === 'ready') {
      reading.upToDate = true;
      this.#sayReady(member, reading);
    } else if (event.kind === 'transcript') {
      member.send(event);
    } else if (event.kind === 'stopping') {
      if (reading.stopping !== event.messageId) member.send(event);
      reading.stopping = event.messageId;
    } else if (isNotice(event)) {
      if (reading.notices[event.kind]?.messageId !== event.messageId) member.send(event);
      reading.notices = { ...reading.notices, [event.kind]: event };
    } else {
      // The cut text comes later: the member enters the room here, even when full.
      const part = this.#place ? upTo(this.#place, reading.cursor, event) : event;
      member.send(part);
      reading.cursor = part.cursor;
      if (part.kind === 'reset' || part.kind === 'ended') reading.resetDue = false;
      if (part.kind === 'ended') {
        reading.stopping = undefined;
        reading.notices = {};
      }
    }
    this.#meet(member);
  }

  /** Takes the event that the pump has read, right after its place. */
  pumped(event: FollowEvent): void {
    if (event.kind === 'ready') return;
    if (event.kind === 'stopping') return this.#learnStop(event.messageId);
    if (isNotice(event)) return this.#learnNotice(event);
    for (const member of this.#inRoom) {
      if (member.full) this.#fallBehind(member);
    }
    if (this.#stopIfEmpty()) return;
    this.#ports.broadcast(event);
    if (event.kind === 'gone') return this.#dismissRoom();
    if (event.kind === 'transcript') return;
    this.#place = event.cursor;
    if (event.kind === 'ended') {
      this.#stopping = undefined;
      this.#notices = {};
    }
    for (const member of this.#catchingUp.keys()) this.#meet(member);
  }

  /** A member at the pump's place enters the room. The first up-to-date one starts the pump. */
  #meet(member: Member & M): void {
    const reading = this.#catchingUp.get(member);
    if (!reading || reading.resetDue) return;
    if (this.#place === undefined) {
      if (!reading.upToDate) return;
      this.#place = reading.cursor;
      this.#stopping = reading.stopping;
      this.#notices = reading.notices;
      this.#ports.startPump(reading.cursor);
    }
    if (compareCursors(reading.cursor, this.#place) !== 0) return;
    this.#agreeOnStop(member, reading);
    this.#agreeOnNotices(member, reading);
    this.#sayReady(member, reading);
    this.#catchingUp.delete(member);
    this.#inRoom.add(member);
    member.enter();
  }

  #fallBehind(member: Member & M): void {
    if (!this.#place) return;
    this.#inRoom.delete(member);
    const cursor = this.#place;
    this.#catchingUp.set(member, {
      cursor,
      toldReady: true,
      upToDate: false,
      resetDue: false,
      stopping: this.#stopping,
      notices: this.#notices,
    });
    member.fallBehind(cursor);
  }

  #dismissRoom(): void {
    for (const member of this.#inRoom) member.dismiss();
    this.#inRoom.clear();
    this.#stopIfEmpty();
  }

  #stopIfEmpty(): boolean {
    if (this.#inRoom.size > 0) return false;
    if (this.#place) this.#ports.stopPump();
    this.#place = undefined;
    return true;
  }

  #sayReady(member: Member & M, reading: Reading): void {
    if (reading.toldReady) return;
    reading.toldReady = true;
    member.send({ kind: 'ready', cursor: reading.cursor });
  }

  /** `stopping` has no cursor. If only the room or only the member got it, it is sent to the other now. */
  #agreeOnStop(member: Member & M, { stopping }: Reading): void {
    if (stopping === this.#stopping) return;
    if (stopping !== undefined) this.#learnStop(stopping);
    else if (this.#stopping !== undefined) member.send({ kind: 'stopping', messageId: this.#stopping });
  }

  #learnStop(messageId: string): void {
    if (this.#stopping === messageId) return;
    this.#stopping = messageId;
    this.#ports.broadcast({ kind: 'stopping', messageId });
  }

  /** As with `stopping`: if only one of the two got a notice, it is sent to the other now, before further text. */
  #agreeOnNotices(member: Member & M, { notices }: Reading): void {
    for (const kind of NOTICES) {
      const own = notices[kind];
      const ofRoom = this.#notices[kind];
      if (own?.messageId === ofRoom?.messageId) continue;
      if (own) this.#learnNotice(own);
      else if (ofRoom) member.send(ofRoom);
    }
  }

  #learnNotice(notice: Notice): void {
    if (this.#notices[notice.kind]?.messageId === notice.messageId) return;
    this.#notices = { ...this.#notices, [notice.kind]: notice };
    this.#ports.broadcast(notice);
  }
}

function isNotice(event: FollowEvent): event is Notice {
  return event.kind === 'alert' || event.kind === 'sources';
}

/** Cuts `event` at `place` if it is text of the attempt that the pump is in and goes past it. Otherwise returns it whole. */
export function upTo<E extends FollowEvent>(place: Cursor, from: Cursor, event: E): E {
  if (event.kind !== 'text') return event;
  const { seq, attempt, position } = event.cursor;
  // Another attempt may have other text at the same positions.
  if (seq !== place.seq || attempt !== place.attempt || position <= place.position) return event;
  const bytes = place.position - textPosition(from);
  if (bytes <= 0) return event;
  return { ...event, cursor: place, text: Buffer.from(event.text).toString('utf8', 0, bytes) };
}
