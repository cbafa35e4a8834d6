import { type Cursor, compareCursors, parseCursor } from '../../src/protocol/cursor.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';
import { isBeginning, isEnd, type Question } from './question.js';
import type { Heard } from './transcript.js';

/** One answer as a client shows it. */
export interface ShownAnswer {
  readonly question: Question;
  text: string;
  /** Its final state, once it was told. */
  end?: Message;
}

/** Finds the question by its `client_message_id`; undefined for one that nobody of this conversation asked. */
export type Asked = (key: string) => Question | undefined;

/** Says which invariant is broken, and how. */
export type Break = (invariant: Invariant, how: string) => void;

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'accepted' | 'process';

/** What a client shows, by the rules of docs/protocol.md; and what of it breaks a promise. */
export class Shown {
  /** By message id, in the order in which they were announced. */
  readonly answers = new Map<string, ShownAnswer>();
  /** Resets that say that text was lost. */
  resets = 0;
  /** The last place told; undefined for a client that was told none. */
  cursor: string | undefined;
  #place: Cursor | undefined;
  #seq: number | undefined;
  #from: string | undefined;
  /** It came without a place, and has not been told any text since. */
  #joining = false;
  readonly #asked: Asked;
  readonly #break: Break;

  constructor(asked: Asked, onBreak: Break) {
    this.#asked = asked;
    this.#break = onBreak;
  }

  take(heard: Heard): void {
    switch (heard.kind) {
      case 'opened':
        this.#from = heard.from;
        this.#joining = heard.from === undefined;
        return;
      case 'page':
        return this.#load(heard.items, heard.cursor);
      case 'frame':
        return this.#frame(heard.frame);
      case 'closed':
    }
  }

  #frame(frame: Frame): void {
    switch (frame.type) {
      case 'accepted':
        this.#forward(frame.cursor, frame.type);
        return this.#announced(frame.messageId, frame.client_message_id, frame.userMessage.content);
      case 'chunk':
        this.#forward(frame.cursor, frame.type);
        return this.#add(frame.messageId, frame.data, frame.cursor);
      case 'reset':
        return this.#reset(frame.messageId, frame.cursor, frame.reason);
      case 'done':
        this.#forward(frame.cursor, frame.type);
        return this.#end(frame.message, frame.cursor);
      case 'error':
        if (frame.message && frame.cursor !== undefined) {
          this.#forward(frame.cursor, frame.type);
          this.#end(frame.message, frame.cursor);
        } else if (frame.code === 'bad_request') {
          this.#break('I1', `the cursor ${this.#from}, which was given, is refused`);
        }
        return;
      case 'ready':
        this.#ready(frame.cursor);
        return;
      case 'receipt':
      case 'stopping':
      case 'waiting':
      case 'thinking':
      case 'alert':
      case 'sources':
      case 'transcript':
      case 'pong':
    }
  }

  /** A page is what there is now, whatever was shown before: but an end stays as it was. */
  #load(items: readonly Message[], cursor: string): void {
    this.#stand(cursor);
    const { seq, attempt, position } = this.#place ?? { seq: 0, attempt: 0, position: 0 };
    // What waits its turn behind the cursor is in the page as well, and is announced by the stream.
    const announced = attempt === 0 && position === 0 ? seq - 1 : seq;
    const answers = items.filter(({ role }) => role === 'assistant');
    for (const answer of answers.slice(0, announced)) this.#loadAnswer(answer);
    for (const { id } of answers.slice(announced)) this.answers.delete(id);
    this.#seq = announced;
  }

  #loadAnswer(message: Message): void {
    const question = this.#questionOf(message.id, message.client_message_id ?? '');
    if (!question) return;
    const { key } = question;
    if (!isBeginning(message.content, question)) this.#break('I1', `a page has other text for ${key}`);
    const before = this.answers.get(message.id)?.end;
    const end = message.completedAt === undefined ? undefined : message;
    if (before && before.content !== end?.content) this.#break('I2', `the end of ${key} changed`);
    this.answers.set(message.id, { question, text: message.content, ...(end && { end }) });
  }

  #announced(messageId: string, key: string, asked: string): void {
    const seq = this.#place?.seq ?? 0;
    if (this.#seq !== undefined && seq !== this.#seq + 1) {
      this.#break('I1', `exchange ${seq} was announced after ${this.#seq}`);
    }
    this.#seq = seq;
    const question = this.#questionOf(messageId, key);
    if (!question) return;
    if (this.answers.has(messageId)) this.#break('I1', `${key} was announced twice`);
    if (asked !== question.text) this.#break('I5', `${key} is said to have asked something else`);
    this.answers.set(messageId, { question, text: '' });
  }

  #add(messageId: string, data: string, cursor: string): void {
    this.#joining = false;
    const answer = this.#open(messageId, 'text');
    if (!answer) return;
    answer.text += data;
    const { key } = answer.question;
    if (!isBeginning(answer.text, answer.question)) {
      this.#break('I1', `what is shown of ${key} is no beginning of its answer`);
    }
    const bytes = Buffer.byteLength(answer.text);
    if (bytes !== this.#place?.position) this.#break('I1', `${key} has ${bytes} bytes at ${cursor}`);
  }

  #reset(messageId: string, cursor: string, reason: string): void {
    const answer = this.#open(messageId, 'a reset');
    if (answer) answer.text = '';
    if (reason !== 'joined') this.resets++;
    else if (!this.#joining) this.#break('I4', `a reset for who joins, though at ${this.cursor}`);
    this.#joining = false;
    this.#stand(cursor);
    if (this.#place?.position !== 0) this.#break('I4', `a reset to ${cursor}, which is no beginning`);
  }

  #end(message: Message, cursor: string): void {
    const answer = this.#open(message.id, 'its end');
    if (!answer) return;
    const { key } = answer.question;
    answer.end = message;
    if (message.content !== answer.text) this.#break('I2', `${key} ended as another text than its chunks`);
    if (!isEnd(message.content, answer.question)) this.#break('I2', `${key} has a wrong end`);
    if (Buffer.byteLength(message.content) + 1 !== this.#place?.position) {
      this.#break('I1', `${key} ended at ${cursor} with ${Buffer.byteLength(message.content)} bytes`);
    }
  }

  #ready(cursor: string): void {
    if (this.cursor === undefined) this.#stand(cursor);
    else if (cursor !== this.cursor) this.#break('I1', `ready at ${cursor} for who stands at ${this.cursor}`);
  }

  #open(messageId: string, what: string): ShownAnswer | undefined {
    const answer = this.answers.get(messageId);
    if (!answer) this.#break('I5', `${what} of ${messageId} came, which was not announced`);
    else if (answer.end) this.#break('I1', `${what} of ${answer.question.key} came after its end`);
    return answer;
  }

  #questionOf(messageId: string, key: string): Question | undefined {
    const question = this.#asked(key);
    if (!question) this.#break('I5', `nobody here asked ${key}, which ${messageId} answers`);
    return question;
  }

  #forward(cursor: string, type: string): void {
    const place = parseCursor(cursor);
    if (!place) this.#break('I1', `${type} has the cursor ${cursor}`);
    else if (this.#place && compareCursors(place, this.#place) <= 0) {
      this.#break('I1', `${type} ${cursor} came after ${this.cursor}`);
    }
    this.#stand(cursor);
  }

  #stand(cursor: string): void {
    this.cursor = cursor;
    this.#place = parseCursor(cursor);
  }
}
