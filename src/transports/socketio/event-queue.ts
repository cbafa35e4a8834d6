import type { Socket } from 'socket.io';
import { isId } from '../../conversation/ids.js';
import { AppError, toAppError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import { problemOf } from '../../protocol/problem.js';
import type { Reply } from './handlers.js';
import { refusalOf } from './refusal.js';
import type { SendBuffer } from './send-buffer.js';

/** How many events of one socket may wait for their turn, and how long they may be together, in UTF-16 units. */
const MAX_WAITING = 2000;
const MAX_WAITING_LENGTH = 4 * 1_048_576;

/** A client that sends requests and does not read the replies is disconnected when this much waits for it, in UTF-16 units. */
export const MAX_UNREAD = 16 * 1_048_576;

/** Does what one event asks for. @throws AppError that is the client's answer instead. */
export type Handle = (name: unknown, payload: unknown, reply: Reply) => Promise<void>;

/**
 * The events that a client sends, one after the other: a `leave` must not overtake its `join`. Each is answered, in its
 * acknowledgement or, without one, by an `error` event when it is refused.
 */
export class EventQueue {
  readonly #socket: Socket;
  readonly #sendBuffer: SendBuffer;
  readonly #handle: Handle;
  readonly #logger: Logger;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Length of all data that arrived since the queue was empty. */
  #length = 0;

  constructor(socket: Socket, sendBuffer: SendBuffer, handle: Handle, logger: Logger) {
    this.#socket = socket;
    this.#sendBuffer = sendBuffer;
    this.#handle = handle;
    this.#logger = logger;
    socket.conn.on('data', (data: string | Buffer) => {
      this.#length += data.length;
    });
  }

  /** An event with its arguments as they came, whatever they are. */
  add(name: unknown, args: readonly unknown[]): void {
    if (this.#sendBuffer.waiting > MAX_UNREAD) return this.#socket.conn.close(true);
    const last = args.at(-1);
    const acknowledge = typeof last === 'function' ? (answer: object): void => last(answer) : undefined;
    const payload = typeof args[0] === 'function' ? undefined : args[0];
    if (this.#waiting >= MAX_WAITING || (this.#waiting > 0 && this.#length > MAX_WAITING_LENGTH)) {
      return this.#refuse(new AppError('rate_limited', 'too many events at once'), payload, acknowledge);
    }
    this.#waiting += 1;
    this.#last = this.#last.then(() => this.#answer(name, payload, acknowledge));
  }

  async #answer(name: unknown, payload: unknown, acknowledge: Reply | undefined): Promise<void> {
    try {
      if (this.#socket.connected) {
        await this.#handle(name, payload, (fields) => acknowledge?.({ ok: true, ...fields }));
      }
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!(thrown instanceof AppError)) {
        this.#logger.error('request failed', { transport: 'socketio', error: thrown });
      }
      this.#refuse(error, payload, acknowledge);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#length = 0;
    }
  }

  #refuse(error: AppError, payload: unknown, acknowledge: Reply | undefined): void {
    if (acknowledge) acknowledge({ ok: false, error: problemOf(error) });
    else this.#socket.emit('error', refusalOf(error, conversationOf(payload)));
  }
}

/** The conversation that a request names, if it could be one. */
function conversationOf(payload: unknown): string | undefined {
  const { conversationId } = Object(payload) as { conversationId?: unknown };
  return typeof conversationId === 'string' && isId(conversationId) ? conversationId : undefined;
}
