import type { FollowEvent } from '../../src/generation/follow.js';
import { type Cursor, compareCursors, formatCursor } from '../../src/protocol/cursor.js';

/** One answer as a client shows it. */
interface Answer {
  text: string;
  /** When it was told that it has ended. */
  doneAt?: number;
}

/** What a client shows, by the rules of docs/protocol.md; and what of it breaks a promise. */
export class Shown {
  readonly answers = new Map<string, Answer>();
  /** The last place told; undefined for a client that has not been told any. */
  cursor: Cursor | undefined;
  /** The last generation that was announced. */
  #seq: number | undefined;
  readonly #violation: (what: string) => void;

  constructor(violation: (what: string) => void) {
    this.#violation = violation;
  }

  /** Shows what a page of the history has, which ends at `cursor`. */
  load(messages: readonly { id: string; content: string; ended: boolean }[], cursor: Cursor): void {
    for (const { id, content, ended } of messages) {
      this.answers.set(id, { text: content, ...(ended && { doneAt: 0 }) });
    }
    this.cursor = cursor;
  }

  take(event: FollowEvent, now: number): void {
    switch (event.kind) {
      case 'accepted':
        this.#announced(event.view.ref.seq, event.view.ref.messageId);
        return this.#move(event.cursor);
      case 'reset':
        this.#open(event.messageId, 'a reset').text = '';
        this.cursor = event.cursor;
        return;
      case 'text':
        this.#add(event.messageId, event.text, event.cursor);
        return this.#move(event.cursor);
      case 'ended': {
        const answer = this.#open(event.message.id, 'its end');
        if (answer.text !== event.message.content) {
          this.#violation(`${event.message.id} ended as another text than its chunks`);
        }
        answer.doneAt = now;
        return this.#move(event.cursor);
      }
      case 'ready':
        this.cursor ??= event.cursor;
        if (compareCursors(this.cursor, event.cursor) !== 0) this.#violation('ready stands elsewhere');
        return;
      case 'stopping':
      case 'alert':
      case 'sources':
      case 'transcript':
      case 'gone':
    }
  }

  #announced(seq: number, messageId: string): void {
    if (this.#seq !== undefined && seq !== this.#seq + 1) {
      this.#violation(`generation ${seq} was announced after ${this.#seq}`);
    }
    if (this.answers.has(messageId)) this.#violation(`${messageId} was announced twice`);
    this.#seq = seq;
    this.answers.set(messageId, { text: '' });
  }

  #add(messageId: string, text: string, cursor: Cursor): void {
    const answer = this.#open(messageId, 'text');
    answer.text += text;
    if (Buffer.byteLength(answer.text) !== cursor.position) {
      this.#violation(
        `${messageId} has ${Buffer.byteLength(answer.text)} bytes at the cursor ${formatCursor(cursor)}`,
      );
    }
  }

  #open(messageId: string, what: string): Answer {
    const answer = this.answers.get(messageId);
    if (!answer) this.#violation(`${what} of ${messageId} came before it was announced`);
    if (answer?.doneAt !== undefined) this.#violation(`${what} of ${messageId} came after its end`);
    return answer ?? { text: '' };
  }

  #move(cursor: Cursor): void {
    if (this.cursor && compareCursors(cursor, this.cursor) <= 0) {
      this.#violation(`the cursor ${formatCursor(cursor)} came after ${formatCursor(this.cursor)}`);
    }
    this.cursor = cursor;
  }
}
