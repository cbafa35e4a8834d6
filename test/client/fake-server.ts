import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';

const CONVERSATION = 'c';

interface Exchange {
  readonly seq: number;
  readonly userMessage: Message;
  readonly messageId: string;
  /** The text of each attempt as far as it came; the last one's is the answer. None before the first. */
  readonly attempts: string[];
  ended: boolean;
}

/**
 * What a gateway knows of one conversation, without a network: its messages, and what a stream tells from a cursor on. An
 * attempt begins anew at the first byte, so each later one makes resets necessary.
 */
export class FakeServer {
  readonly #exchanges: Exchange[] = [];
  readonly #readers = new Set<(frame: Frame) => void>();

  /** The texts that an answer has had. */
  textsOf(messageId: string): readonly string[] {
    return this.#exchanges.find((exchange) => exchange.messageId === messageId)?.attempts ?? [];
  }

  accept(text: string): void {
    const seq = this.#exchanges.length + 1;
    const userMessage: Message = {
      id: `u${seq}`,
      conversationId: CONVERSATION,
      role: 'user',
      content: text,
      status: 'complete',
      client_message_id: `k${seq}`,
      attachments: [],
      createdAt: '2026-01-01T00:00:00.000Z',
    };
    const exchange = { seq, userMessage, messageId: `a${seq}`, attempts: [], ended: false };
    this.#exchanges.push(exchange);
    if (this.#open === exchange) this.#tell(acceptedFrame(exchange));
  }

  /** More text of the answer that is being written. */
  write(data: string): void {
    const exchange = this.#open;
    if (!exchange || data === '') return;
    if (exchange.attempts.length === 0) exchange.attempts.push('');
    const text = exchange.attempts.pop() + data;
    exchange.attempts.push(text);
    this.#tell(chunkFrame(exchange, data, bytes(text)));
  }

  /** Another worker begins the answer anew, with another text. */
  restart(): void {
    const exchange = this.#open;
    if (!exchange || exchange.attempts.length === 0) return;
    exchange.attempts.push('');
    this.#tell(resetFrame(exchange));
    this.write(`${exchange.attempts.length}!`);
  }

  end(): void {
    const exchange = this.#open;
    if (!exchange || exchange.attempts.length === 0) return;
    exchange.ended = true;
    this.#tell(doneFrame(exchange));
    const next = this.#open;
    if (next) this.#tell(acceptedFrame(next));
  }

  /** All that wait are answered. */
  endAll(): void {
    while (this.#open) {
      this.write('.');
      this.end();
    }
  }

  page(): object {
    const items = this.#exchanges.flatMap((exchange) => [exchange.userMessage, answerOf(exchange)]);
    return { items, nextCursor: null, streamCursor: this.#cursor() };
  }

  /** Tells what follows the cursor now, and then what happens. Returns the way out. */
  read(cursor: string, tell: (frame: Frame) => void): () => void {
    for (const frame of this.#after(cursor)) tell(frame);
    this.#readers.add(tell);
    return () => this.#readers.delete(tell);
  }

  /** What a reader who shows something wrong may be told at any moment: the answer anew from its first byte. */
  startingAnew(): Frame[] {
    const exchange = this.#open;
    if (!exchange || exchange.attempts.length === 0) return [];
    const text = exchange.attempts.at(-1) ?? '';
    const whole = text === '' ? [] : [chunkFrame(exchange, text, bytes(text))];
    return [resetFrame(exchange), ...whole];
  }

  get #open(): Exchange | undefined {
    return this.#exchanges.find(({ ended }) => !ended);
  }

  #tell(frame: Frame): void {
    for (const tell of this.#readers) tell(frame);
  }

  #cursor(): string {
    const exchange = this.#open ?? this.#exchanges.at(-1);
    if (!exchange) return '1.0.0';
    const text = exchange.attempts.at(-1) ?? '';
    if (text === '') return `${exchange.seq}.0.1`;
    return `${exchange.seq}.${exchange.attempts.length}.${bytes(text) + (exchange.ended ? 1 : 0)}`;
  }

  *#after(cursor: string): Generator<Frame> {
    const [seq = 0, attempt = 0, position = 0] = cursor.split('.').map(Number);
    for (const exchange of this.#exchanges.slice(seq - 1)) {
      const isFirst = exchange.seq === seq;
      if (!isFirst || (attempt === 0 && position === 0)) yield acceptedFrame(exchange);
      const text = exchange.attempts.at(-1) ?? '';
      const isForked = isFirst && attempt > 0 && attempt < exchange.attempts.length;
      const told = isFirst && attempt > 0 && !isForked ? position : 0;
      if (isForked) yield resetFrame(exchange);
      const rest = Buffer.from(text).subarray(told).toString();
      if (rest !== '') yield chunkFrame(exchange, rest, bytes(text));
      const isTold = isFirst && !isForked && position === bytes(text) + 1 && attempt > 0;
      if (exchange.ended && !isTold) yield doneFrame(exchange);
      if (!exchange.ended) break;
    }
    yield { type: 'ready', conversationId: CONVERSATION, cursor: this.#cursor() };
  }
}

function acceptedFrame({ seq, userMessage, messageId }: Exchange): Frame {
  const client_message_id = userMessage.client_message_id ?? '';
  const cursor = `${seq}.0.1`;
  return {
    type: 'accepted',
    conversationId: CONVERSATION,
    cursor,
    userMessage,
    messageId,
    client_message_id,
  };
}

function chunkFrame({ seq, attempts, messageId }: Exchange, data: string, position: number): Frame {
  const cursor = `${seq}.${attempts.length}.${position}`;
  return { type: 'chunk', conversationId: CONVERSATION, cursor, messageId, data };
}

function resetFrame({ seq, attempts, messageId }: Exchange): Frame {
  const cursor = `${seq}.${attempts.length}.0`;
  return { type: 'reset', conversationId: CONVERSATION, cursor, messageId, reason: 'restarted' };
}

function doneFrame(exchange: Exchange): Frame {
  const { seq, attempts, messageId } = exchange;
  const cursor = `${seq}.${attempts.length}.${bytes(attempts.at(-1) ?? '') + 1}`;
  return { type: 'done', conversationId: CONVERSATION, cursor, messageId, message: answerOf(exchange) };
}

function answerOf({ messageId, userMessage, attempts, ended }: Exchange): Message {
  const content = attempts.at(-1) ?? '';
  const { conversationId, createdAt, id: replyTo, client_message_id = '' } = userMessage;
  const status = ended ? 'complete' : content === '' ? 'queued' : 'streaming';
  return {
    id: messageId,
    conversationId,
    role: 'assistant',
    content,
    status,
    client_message_id,
    replyTo,
    attachments: [],
    createdAt,
    ...(ended && { completedAt: '2026-01-01T00:00:01.000Z' }),
  };
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
