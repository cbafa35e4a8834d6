import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';

const CONVERSATION = 'c';

interface Exchange {
  readonly seq: number;
  readonly userMessage: Message;
  readonly messageId: string;
  /** The text of each attempt so far; the last one is the answer. */
  readonly attempts: string[];
  ended: boolean;
}

/**
 * A gateway with one conversation and without a network: its messages, and the frames that follow a cursor. Each attempt
 * writes the answer from its first byte, so a later attempt begins with a `reset`.
 */
export class FakeServer {
  readonly #exchanges: Exchange[] = [];
  readonly #readers = new Set<(frame: Frame) => void>();

  /** Every text that the answer had, one for each attempt. */
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
    if (this.#open === exchange) this.#send(acceptedFrame(exchange));
  }

  /** More text of the answer that is being written. */
  write(data: string): void {
    const exchange = this.#open;
    if (!exchange || data === '') return;
    if (exchange.attempts.length === 0) exchange.attempts.push('');
    const text = exchange.attempts.pop() + data;
    exchange.attempts.push(text);
    this.#send(chunkFrame(exchange, data, bytes(text)));
  }

  /** Another worker starts the answer over, with another text. */
  restart(): void {
    const exchange = this.#open;
    if (!exchange || exchange.attempts.length === 0) return;
    exchange.attempts.push('');
    this.#send(resetFrame(exchange));
    this.write(`${exchange.attempts.length}!`);
  }

  end(): void {
    const exchange = this.#open;
    if (!exchange || exchange.attempts.length === 0) return;
    exchange.ended = true;
    this.#send(doneFrame(exchange));
    const next = this.#open;
    if (next) this.#send(acceptedFrame(next));
  }

  /** Ends every answer. */
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

  /** Calls `send` with the frames that follow the cursor, now and later. Returns a function that stops it. */
  read(cursor: string, send: (frame: Frame) => void): () => void {
    for (const frame of this.#after(cursor)) send(frame);
    this.#readers.add(send);
    return () => this.#readers.delete(send);
  }

  /** What a server may send at any moment: the open answer again from its first byte. */
  restartFrames(): Frame[] {
    const exchange = this.#open;
    if (!exchange || exchange.attempts.length === 0) return [];
    const text = exchange.attempts.at(-1) ?? '';
    const whole = text === '' ? [] : [chunkFrame(exchange, text, bytes(text))];
    return [resetFrame(exchange), ...whole];
  }

  get #open(): Exchange | undefined {
    return this.#exchanges.find(({ ended }) => !ended);
  }

  #send(frame: Frame): void {
    for (const send of this.#readers) send(frame);
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
      const isOldAttempt = isFirst && attempt > 0 && attempt < exchange.attempts.length;
      const known = isFirst && attempt > 0 && !isOldAttempt ? position : 0;
      if (isOldAttempt) yield resetFrame(exchange);
      const rest = Buffer.from(text).subarray(known).toString();
      if (rest !== '') yield chunkFrame(exchange, rest, bytes(text));
      const isKnown = isFirst && !isOldAttempt && position === bytes(text) + 1 && attempt > 0;
      if (exchange.ended && !isKnown) yield doneFrame(exchange);
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
