import type { AttemptStart } from '../../../src/generation/attempts.js';
import { lastAttempt } from '../../../src/generation/attempts.js';
import type { FollowEvent, Start } from '../../../src/generation/follow.js';
import type { GenerationState } from '../../../src/generation/generation-reader.js';
import { nextRead } from '../../../src/generation/log-reader.js';
import { wholeCharacters } from '../../../src/generation/utf8.js';
import type { Alert } from '../../../src/protocol/alert.js';
import { afterAccepted, type Cursor, textPosition } from '../../../src/protocol/cursor.js';
import type { Message } from '../../../src/protocol/message.js';

interface Generation {
  readonly messageId: string;
  attempts: AttemptStart[];
  text: Buffer;
  stopRequested: boolean;
  ended: boolean;
}

/** The danger in the message that `messageId` answers: every second answer has one. */
export function alertOf(messageId: string): Alert | undefined {
  if (Number(messageId.slice(1)) % 2 === 0) return undefined;
  return { rule: 'chest-pain@1', severity: 'emergency', text: 'Call for help.', resources: [] };
}

/** A conversation as its readers see it, to be written step by step. */
export class ModelConversation {
  readonly generations: Generation[] = [];

  get #running(): Generation | undefined {
    return this.generations.find(({ ended }) => !ended);
  }

  accept(): void {
    const messageId = `m${this.generations.length + 1}`;
    this.generations.push({
      messageId,
      attempts: [],
      text: Buffer.alloc(0),
      stopRequested: false,
      ended: false,
    });
  }

  write(text: string): void {
    const running = this.#running;
    if (!running) return;
    if (running.attempts.length === 0) running.attempts = [{ attempt: 1, start: 0 }];
    running.text = Buffer.concat([running.text, Buffer.from(text)]);
  }

  /** Another attempt goes on from about `part` of the text that there is. */
  takeOver(part: number): void {
    const running = this.#running;
    if (!running) return;
    const kept = wholeCharacters(running.text.subarray(0, Math.round(part * running.text.length)));
    running.text = kept;
    running.attempts = [
      ...running.attempts,
      { attempt: lastAttempt(running.attempts) + 1, start: kept.length },
    ];
  }

  stop(): void {
    if (this.#running) this.#running.stopRequested = true;
  }

  end(): void {
    const running = this.#running;
    if (!running) return;
    if (running.attempts.length === 0) running.attempts = [{ attempt: 1, start: 0 }];
    running.ended = true;
  }
}

/** What `follow` is to a real conversation, one event at a time. */
export class ModelReader {
  readonly #conversation: ModelConversation;
  #cursor: Cursor;
  #seq: number;
  #resetDue: boolean;
  #ready = false;
  #stopping: string | undefined;
  #alerted: string | undefined;

  constructor(conversation: ModelConversation, { cursor, seq, resetFirst = false }: Start) {
    this.#conversation = conversation;
    this.#cursor = cursor;
    this.#seq = seq;
    this.#resetDue = resetFirst;
  }

  /** Undefined when there is nothing more for now. Text comes in pages of at most `pageBytes`. */
  next(pageBytes: number): FollowEvent | undefined {
    const generation = this.#conversation.generations[this.#seq - 1];
    if (!generation) return this.#nextReady();
    const { messageId, attempts, text, ended, stopRequested } = generation;
    const { seq, attempt, position } = this.#cursor;
    if (seq < this.#seq || (attempt === 0 && position === 0)) {
      const view = { ref: { messageId } } as GenerationState;
      return { kind: 'accepted', cursor: this.#moveTo(afterAccepted(this.#seq)), view };
    }
    const isRead = ended && position === text.length + 1 && attempt === lastAttempt(attempts);
    const alert = alertOf(messageId);
    if (alert && this.#alerted !== messageId && !isRead) {
      this.#alerted = messageId;
      return { kind: 'alert', messageId, alert };
    }
    if (stopRequested && !ended && this.#stopping !== messageId) {
      this.#stopping = messageId;
      return { kind: 'stopping', messageId };
    }
    if (isRead) {
      this.#seq += 1;
      return this.next(pageBytes);
    }
    const at = textPosition(this.#cursor);
    const page = text.subarray(at, at + pageBytes);
    const read = nextRead(this.#cursor, { attempts, length: text.length, ended, page });
    if (read.kind === 'waiting') return this.#nextReady();
    if (this.#resetDue && (read.kind === 'text' || read.kind === 'end')) {
      this.#resetDue = false;
      const cursor = this.#moveTo({ seq: this.#seq, attempt: lastAttempt(attempts), position: 0 });
      return { kind: 'reset', cursor, messageId, reason: 'joined' };
    }
    this.#moveTo(read.cursor);
    if (read.kind === 'text') return { ...read, messageId };
    if (read.kind === 'reset') {
      this.#resetDue = false;
      return { ...read, messageId, reason: 'restarted' };
    }
    this.#seq += 1;
    return {
      kind: 'ended',
      cursor: read.cursor,
      message: { id: messageId, content: text.toString() } as Message,
    };
  }

  #nextReady(): FollowEvent | undefined {
    if (this.#ready) return undefined;
    this.#ready = true;
    return { kind: 'ready', cursor: this.#cursor };
  }

  #moveTo(cursor: Cursor): Cursor {
    this.#cursor = cursor;
    return cursor;
  }
}
