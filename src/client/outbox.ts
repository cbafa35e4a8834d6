import type { Message } from '../protocol/message.js';
import type { ClientProblem, OutboxEntry, OutboxStore, Platform, Sent, UnsentMessage } from './api.js';
import { Backoff } from './backoff.js';
import { type ClientError, networkError, toClientError } from './client-error.js';
import { Pause } from './pause.js';
import type { Rest } from './rest.js';

/** What the server says of a message that it has. */
export interface Reply {
  readonly userMessage: Message;
  /** The answer. */
  readonly message: Message;
  readonly duplicate: boolean;
  /** Just before the exchange. */
  readonly cursor: string;
}

export interface OutboxOptions {
  readonly conversationId: string;
  /** Of the conversation's messages. */
  readonly path: string;
  readonly store: OutboxStore;
  readonly rest: Rest;
  readonly platform: Platform;
  /** What waits has changed. */
  readonly onChange: () => void;
  /** A try has failed: for now, if the problem has a `retryAt`, or for good. */
  readonly onError: (problem: ClientProblem) => void;
  /** The server has a message; it does not wait any more. */
  readonly onSent: (reply: Reply) => void;
}

interface Waiting {
  readonly entry: OutboxEntry;
  /** As it is shown: `refused` for good, or `sending`. */
  readonly message: UnsentMessage;
}

interface Promised {
  readonly promise: Promise<Sent>;
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: ClientError) => void;
}

/**
 * Sends messages one after the other, each until the server has it or refuses it for good. Always by a request: it works
 * whatever the stream does, and its answer says yes or no.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #backoff: Backoff;
  readonly #pause: Pause;
  readonly #promised = new Map<string, Promised>();
  #waiting: readonly Waiting[] = [];
  #loaded: Promise<void> | undefined;
  #kept: Promise<void> = Promise.resolve();
  #busy = false;
  #wasAskedToWait = false;
  #closed: ClientError | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.platform.random);
    this.#pause = new Pause(options.platform);
  }

  /** What waits, in order, as it is shown. */
  get messages(): readonly UnsentMessage[] {
    return this.#waiting.map(({ message }) => message);
  }

  /** What holds up the message whose turn it is. */
  get problem(): ClientProblem | null {
    return this.messages.find(({ status }) => status === 'sending')?.error ?? null;
  }

  /** Sends on what an earlier page left. */
  start(): void {
    void this.#work();
  }

  send(entry: OutboxEntry): Promise<Sent> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (!this.#find(entry.clientMessageId)) {
      this.#keep((store) => store.put(entry));
      this.#change([...this.#waiting, shown(entry)]);
    }
    return this.#sending(entry.clientMessageId);
  }

  retry(clientMessageId: string): Promise<Sent> {
    const waiting = this.#find(clientMessageId);
    if (this.#closed || !waiting)
      return Promise.reject(this.#closed ?? networkError('no such message waits'));
    this.#replace(shown(waiting.entry));
    this.#pause.end();
    return this.#sending(clientMessageId);
  }

  discard(clientMessageId: string): void {
    this.#remove(clientMessageId)?.reject(networkError('taken back'));
  }

  /** The conversation shows it, so the server has it. */
  settle(clientMessageId: string, sent: Sent): void {
    this.#remove(clientMessageId)?.resolve(sent);
  }

  /** Something has changed for the better: tries at once, unless the server asked to wait. */
  hurry(): void {
    if (!this.#wasAskedToWait) this.#pause.end();
  }

  /** Whoever waits is told. What is not sent stays in the store, unless its conversation is gone. */
  close(error: ClientError): void {
    this.#closed = error;
    this.#pause.end();
    if (error.problem.code === 'not_found') for (const { entry } of this.#waiting) this.#forget(entry);
    for (const { reject } of this.#promised.values()) reject(error);
    this.#promised.clear();
  }

  #sending(clientMessageId: string): Promise<Sent> {
    let promised = this.#promised.get(clientMessageId);
    if (!promised) {
      promised = withResolvers();
      this.#promised.set(clientMessageId, promised);
    }
    void this.#work();
    return promised.promise;
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#loaded ??= this.#load();
    await this.#loaded;
    for (let next = this.#next(); next && !this.#closed; next = this.#next()) await this.#deliver(next);
    this.#busy = false;
  }

  async #load(): Promise<void> {
    const { store, conversationId } = this.#options;
    const left = await store.load(conversationId).catch(() => []);
    const known = left.filter(({ clientMessageId }) => !this.#find(clientMessageId));
    if (known.length > 0) this.#change([...known.map((entry) => shown(entry)), ...this.#waiting]);
  }

  /** One after the other, or what is removed could be put back. A store that fails costs the safety of a reload alone. */
  #keep(work: (store: OutboxStore) => Promise<void>): void {
    this.#kept = this.#kept.then(() => work(this.#options.store)).catch(() => {});
  }

  #next(): OutboxEntry | undefined {
    return this.#waiting.find(({ message }) => message.status === 'sending')?.entry;
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    const { rest, path } = this.#options;
    const { clientMessageId: client_message_id, text, attachments, whenBusy } = entry;
    await this.#kept;
    if (this.#closed) return;
    try {
      const body = { client_message_id, text, whenBusy, ...(attachments.length > 0 && { attachments }) };
      const reply = await rest.call<Reply>('POST', path, body);
      this.#backoff.reset();
      if (!this.#closed) this.#options.onSent(reply);
    } catch (thrown) {
      await this.#afterFailure(entry, toClientError(thrown));
    }
  }

  async #afterFailure(entry: OutboxEntry, error: ClientError): Promise<void> {
    const { clientMessageId } = entry;
    // Taken back, or the conversation has shown it by now.
    if (this.#closed || !this.#find(clientMessageId)) return;
    if (isFinal(error)) {
      this.#replace(shown(entry, 'refused', error.problem));
      this.#options.onError(error.problem);
      this.#promised.get(clientMessageId)?.reject(error);
      this.#promised.delete(clientMessageId);
    } else {
      this.#wasAskedToWait = error.retryAfter !== undefined;
      const ms = this.#backoff.next(error.retryAfter);
      const problem = { ...error.problem, retryAt: this.#options.platform.now() + ms };
      this.#replace(shown(entry, 'sending', problem));
      this.#options.onError(problem);
      await this.#pause.wait(ms);
    }
  }

  #remove(clientMessageId: string): Promised | undefined {
    const waiting = this.#find(clientMessageId);
    if (!waiting) return undefined;
    this.#forget(waiting.entry);
    this.#change(this.#waiting.filter(({ entry }) => entry.clientMessageId !== clientMessageId));
    const promised = this.#promised.get(clientMessageId);
    this.#promised.delete(clientMessageId);
    // It may be the one that the others wait behind.
    this.hurry();
    return promised;
  }

  #forget({ conversationId, clientMessageId }: OutboxEntry): void {
    this.#keep((store) => store.remove(conversationId, clientMessageId));
  }

  #find(clientMessageId: string): Waiting | undefined {
    return this.#waiting.find(({ entry }) => entry.clientMessageId === clientMessageId);
  }

  #replace(waiting: Waiting): void {
    const { clientMessageId } = waiting.entry;
    this.#change(
      this.#waiting.map((other) => (other.entry.clientMessageId === clientMessageId ? waiting : other)),
    );
  }

  #change(waiting: readonly Waiting[]): void {
    this.#waiting = waiting;
    this.#options.onChange();
  }
}

/** Whether the same request would be refused again, whenever it comes. */
export function isFinal({ status, problem }: ClientError): boolean {
  if (problem.code === 'network' || status === undefined) return false;
  return status >= 400 && status < 500 && status !== 401 && status !== 408 && status !== 429;
}

function shown(
  entry: OutboxEntry,
  status: UnsentMessage['status'] = 'sending',
  error?: ClientProblem,
): Waiting {
  const { conversationId, clientMessageId, text, createdAt } = entry;
  const message: UnsentMessage = {
    id: clientMessageId,
    conversationId,
    role: 'user',
    content: text,
    status,
    client_message_id: clientMessageId,
    attachments: [],
    ...(error && { error }),
    createdAt,
    stopping: false,
  };
  return { entry, message };
}

function withResolvers(): Promised {
  let resolve: Promised['resolve'] = () => {};
  let reject: Promised['reject'] = () => {};
  const promise = new Promise<Sent>((whenSent, whenNot) => {
    resolve = whenSent;
    reject = whenNot;
  });
  return { promise, resolve, reject };
}
