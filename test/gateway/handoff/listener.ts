import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Member } from '../../../src/gateway/room-handoff.js';
import type { FollowEvent, Start } from '../../../src/generation/follow.js';
import { beforeAccepted, type Cursor, compareCursors } from '../../../src/protocol/cursor.js';
import { alertOf } from './conversation.js';

/** What a client has at one moment, to go on from. */
export interface Kept {
  readonly cursor: Cursor;
  readonly texts: ReadonlyMap<string, string>;
}

export const NOTHING: Kept = { cursor: beforeAccepted(1), texts: new Map() };

/** A member with its client, which checks every frame that it is told. */
export class Listener implements Member {
  full = false;
  inRoom = false;
  /** Where it reads for itself; the test reads for it. */
  readFrom: Start | undefined;
  readonly #texts: Map<string, string>;
  #cursor: Cursor;
  #ready = false;
  #resetDue: boolean;
  readonly stopping = new Set<string>();
  readonly alerted = new Set<string>();
  readonly ended: string[] = [];

  constructor({ cursor, texts }: Kept, resetFirst = false) {
    this.#resetDue = resetFirst;
    this.#cursor = cursor;
    this.#texts = new Map(texts);
    this.readFrom = { cursor, seq: cursor.seq, resetFirst };
  }

  get kept(): Kept {
    return { cursor: this.#cursor, texts: new Map(this.#texts) };
  }

  get ready(): boolean {
    return this.#ready;
  }

  send(event: FollowEvent): void {
    if (event.kind === 'gone' || event.kind === 'transcript') return;
    if (event.kind === 'stopping') {
      ok(!this.stopping.has(event.messageId), 'told twice to be stopping');
      this.stopping.add(event.messageId);
      return;
    }
    if (event.kind === 'ready') {
      ok(!this.#ready, 'told twice to be ready');
      this.#ready = true;
      deepEqual(event.cursor, this.#cursor);
      return;
    }
    if (event.kind === 'alert') {
      ok(!this.alerted.has(event.messageId), 'told twice of the same danger');
      this.alerted.add(event.messageId);
      return;
    }
    if (event.kind === 'sources') throw new Error('no answer of these scenes has sources');
    ok(event.kind === 'reset' || compareCursors(event.cursor, this.#cursor) > 0, 'told twice');
    this.#cursor = event.cursor;
    if (event.kind === 'reset') {
      this.#resetDue = false;
      this.#texts.set(event.messageId, '');
    }
    if (event.kind === 'text') {
      this.#expectAlert(event.messageId);
      ok(!this.#resetDue, 'text without the reset before it');
      const text = this.textOf(event.messageId) + event.text;
      equal(event.cursor.position, Buffer.byteLength(text));
      this.#texts.set(event.messageId, text);
    }
    if (event.kind === 'ended') {
      this.#expectAlert(event.message.id);
      equal(this.textOf(event.message.id), event.message.content);
      this.ended.push(event.message.id);
    }
  }

  /** Whoever joins or resumes is told of the danger before any more of the answer. */
  #expectAlert(messageId: string): void {
    if (alertOf(messageId)) ok(this.alerted.has(messageId), 'not told of the danger before the answer');
  }

  textOf(messageId: string): string {
    return this.#texts.get(messageId) ?? '';
  }

  enter(): void {
    ok(!this.inRoom);
    this.inRoom = true;
    this.readFrom = undefined;
  }

  fallBehind(cursor: Cursor): void {
    ok(this.inRoom);
    deepEqual(cursor, this.#cursor);
    this.inRoom = false;
    this.readFrom = { cursor, seq: cursor.seq };
  }

  dismiss(): void {
    this.inRoom = false;
    this.readFrom = undefined;
  }
}
