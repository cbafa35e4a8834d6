import type { Message } from '../protocol/message.js';
import type { ClientProblem, OutboxEntry, OutboxStore, Platform, Sent, UnsentMessage } from './api.js';
import { Backoff } from './backoff.js';
import { type ClientError, networkError, toClientError } from './client-error.js';
import { Delay } from './delay.js';
import type { Files } from './files.js';
import type { Rest } from './rest.js';

/** The server's answer to a send. */
export interface Reply {
  readonly userMessage: Message;
  /** The answer. */
  readonly message: Message;
  readonly duplicate: boolean;
  /** Stands just before the user message. */
  readonly cursor: string;
}

export interface OutboxOptions {
  readonly conversationId: string;
  /** Of the conversation's messages. */
  readonly path: string;
  readonly store: OutboxStore;
  /** Uploads files. Loaded when a message has one. */
  readonly files: () => Promise<Files>;
  readonly rest: Rest;
  readonly platform: Platform;
  /** `messages` or `problem` has changed. */
  readonly onChange: () => void;
  /** A send has failed: for now if the problem has a `retryAt`, else for good. */
  readonly onError: (problem: ClientProblem) => void;
  /** The server has accepted a message. */
  readonly onSent: (reply: Reply) => void;
}

interface Unsent {
  readonly entry: OutboxEntry;
  /** As the view shows it. */
  readonly message: UnsentMessage;
}

/** The promise of `send`. */
interface Deferred {
  readonly promise: Promise<Sent>;
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: ClientError) => void;
}

/**
 * Sends messages one after the other, each until the server accepts it or refuses it for good. It always sends by HTTP, never
 * over a socket: a request works whatever the state of the stream is, and its response says yes or no.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #backoff: Backoff;
  readonly #delay: Delay;
  readonly #deferred = new Map<string, Deferred>();
  #unsent: readonly Unsent[] = [];
  #loaded: Promise<void> | undefined;
  #storeWrites: Promise<void> = Promise.resolve();
  /** The message whose files are being uploaded. */
  #uploading: { readonly clientMessageId: string; readonly cancel: () => void } | undefined;
  #isWorking = false;
  #hasRetryAfter = false;
  #closed: ClientError | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.platform.random);
    this.#delay = new Delay(options.platform);
  }

  /** What is not sent yet, in order. */
  get messages(): readonly UnsentMessage[] {
    return this.#unsent.map(({ message }) => message);
  }

  /** Why the message whose turn it is has to wait. */
  get problem(): ClientProblem | null {
    return this.messages.find(({ status }) => status === 'sending')?.error ?? null;
  }

  /** Sends what an earlier page has left. */
  start(): void {
    void this.#work();
  }

  send(entry: OutboxEntry): Promise<Sent> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (!this.#find(entry.clientMessageId)) {
      this.#write((store) => store.put(entry));
      this.#change([...this.#unsent, toUnsent(entry)]);
    }
    return this.#sending(entry.clientMessageId);
  }

  retry(clientMessageId: string): Promise<Sent> {
    const unsent = this.#find(clientMessageId);
    if (this.#closed || !unsent)
      return Promise.reject(this.#closed ?? networkError('there is no such unsent message'));
    this.#replace(toUnsent(unsent.entry));
    this.#delay.end();
    return this.#sending(clientMessageId);
  }

  discard(clientMessageId: string): void {
    this.#remove(clientMessageId)?.reject(networkError('the message was discarded'));
  }

  /** The stream or a page has brought the message: the server has it. */
  settle(clientMessageId: string, sent: Sent): void {
    this.#remove(clientMessageId)?.resolve(sent);
  }

  /** Tries at once, unless the server has said when to try again. */
  retryNow(): void {
    if (!this.#hasRetryAfter) this.#delay.end();
  }

  /** Rejects every promise. Unsent messages stay in the store, unless their conversation no longer exists. */
  close(error: ClientError): void {
    this.#closed = error;
    this.#delay.end();
    this.#uploading?.cancel();
    if (error.problem.code === 'not_found') for (const { entry } of this.#unsent) this.#forget(entry);
    for (const { reject } of this.#deferred.values()) reject(error);
    this.#deferred.clear();
  }

  #sending(clientMessageId: string): Promise<Sent> {
    let deferred = this.#deferred.get(clientMessageId);
    if (!deferred) {
      deferred = withResolvers();
      this.#deferred.set(clientMessageId, deferred);
    }
    void this.#work();
    return deferred.promise;
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#loaded ??= this.#load();
    await this.#loaded;
    for (let next = this.#next(); next && !this.#closed; next = this.#next()) await this.#deliver(next);
    this.#isWorking = false;
  }

  async #load(): Promise<void> {
    const { store, conversationId } = this.#options;
    const left = await store.load(conversationId).catch(() => []);
    const known = left.filter(({ clientMessageId }) => !this.#find(clientMessageId));
    if (known.length > 0) this.#change([...known.map((entry) => toUnsent(entry)), ...this.#unsent]);
  }

  /**
   * One write after the other, or a removed message could be put back. If the store fails, the message is sent all the same;
   * it only does not survive a reload.
   */
  #write(work: (store: OutboxStore) => Promise<void>): void {
    this.#storeWrites = this.#storeWrites.then(() => work(this.#options.store)).catch(() => {});
  }

  #next(): OutboxEntry | undefined {
    return this.#unsent.find(({ message }) => message.status === 'sending')?.entry;
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    const { rest, path } = this.#options;
    const { clientMessageId: client_message_id, text, whenBusy, files } = entry;
    const isUploaded = !entry.attachments.some((attachment) => attachment instanceof Blob);
    try {
      const attachments = await this.#uploaded(entry);
      // The server must be asked with the same ids again after a reload: they are stored before.
      await this.#storeWrites;
      if (this.#closed || !this.#find(client_message_id)) return;
      const body = { client_message_id, text, whenBusy, ...(attachments.length > 0 && { attachments }) };
      const reply = await rest.call<Reply>('POST', path, body);
      this.#backoff.reset();
      if (!this.#closed) this.#options.onSent(reply);
    } catch (thrown) {
      const error = toClientError(thrown);
      // Uploads of earlier are perhaps erased. After an upload just now, a 404 means something else.
      if (error.problem.code === 'not_found' && isUploaded && files) this.#update(withFiles(entry));
      else await this.#afterFailure(entry, error);
    }
  }

  /** The ids of its attachments, of files once they are uploaded. What is uploaded is kept, so that it is not uploaded again. */
  async #uploaded(entry: OutboxEntry): Promise<readonly string[]> {
    const { attachments, clientMessageId } = entry;
    if (attachments.every((attachment) => typeof attachment === 'string')) return attachments;
    const files = await this.#options.files();
    const cancel = new AbortController();
    this.#uploading = { clientMessageId, cancel: () => cancel.abort() };
    return files.uploadAll(entry, cancel.signal, (uploaded) => this.#update(uploaded));
  }

  /** Does nothing when it was discarded meanwhile. */
  #update(entry: OutboxEntry): void {
    if (!this.#find(entry.clientMessageId)) return;
    this.#write((store) => store.put(entry));
    this.#replace(toUnsent(entry));
  }

  async #afterFailure({ clientMessageId }: OutboxEntry, error: ClientError): Promise<void> {
    const entry = this.#find(clientMessageId)?.entry;
    // Discarded, or shown by the conversation meanwhile.
    if (this.#closed || !entry) return;
    if (isFinal(error)) {
      this.#replace(toUnsent(entry, 'refused', error.problem));
      this.#options.onError(error.problem);
      this.#deferred.get(clientMessageId)?.reject(error);
      this.#deferred.delete(clientMessageId);
    } else {
      this.#hasRetryAfter = error.retryAfter !== undefined;
      const ms = this.#backoff.next(error.retryAfter);
      const problem = { ...error.problem, retryAt: this.#options.platform.now() + ms };
      this.#replace(toUnsent(entry, 'sending', problem));
      this.#options.onError(problem);
      await this.#delay.wait(ms);
    }
  }

  #remove(clientMessageId: string): Deferred | undefined {
    const unsent = this.#find(clientMessageId);
    if (!unsent) return undefined;
    this.#forget(unsent.entry);
    this.#change(this.#unsent.filter(({ entry }) => entry.clientMessageId !== clientMessageId));
    const deferred = this.#deferred.get(clientMessageId);
    this.#deferred.delete(clientMessageId);
    if (this.#uploading?.clientMessageId === clientMessageId) this.#uploading.cancel();
    // The others may be waiting behind it.
    this.retryNow();
    return deferred;
  }

  #forget({ conversationId, clientMessageId }: OutboxEntry): void {
    this.#write((store) => store.remove(conversationId, clientMessageId));
  }

  #find(clientMessageId: string): Unsent | undefined {
    return this.#unsent.find(({ entry }) => entry.clientMessageId === clientMessageId);
  }

  #replace(unsent: Unsent): void {
    const { clientMessageId } = unsent.entry;
    this.#change(
      this.#unsent.map((other) => (other.entry.clientMessageId === clientMessageId ? unsent : other)),
    );
  }

  #change(unsent: readonly Unsent[]): void {
    this.#unsent = unsent;
    this.#options.onChange();
  }
}

/** Whether the same request would be refused again at any later time. */
export function isFinal({ status, problem }: ClientError): boolean {
  if (problem.code === 'file_lost') return true;
  if (problem.code === 'network' || status === undefined) return false;
  return status >= 400 && status < 500 && status !== 401 && status !== 408 && status !== 429;
}

/** With the files in place of what the server made of them. */
function withFiles({ files, ...entry }: OutboxEntry): OutboxEntry {
  return {
    ...entry,
    attachments: entry.attachments.map((attachment, index) => files?.[index] ?? attachment),
  };
}

function toUnsent(
  entry: OutboxEntry,
  status: UnsentMessage['status'] = 'sending',
  error?: ClientProblem,
): Unsent {
  const { conversationId, clientMessageId, text, attachments, createdAt } = entry;
  const message: UnsentMessage = {
    id: clientMessageId,
    conversationId,
    role: 'user',
    content: text,
    status,
    client_message_id: clientMessageId,
    attachments: attachments.filter((attachment) => typeof attachment === 'object' && 'id' in attachment),
    files: attachments.filter((attachment) => attachment instanceof Blob),
    ...(error && { error }),
    createdAt,
    stopping: false,
  };
  return { entry, message };
}

function withResolvers(): Deferred {
  let resolve: Deferred['resolve'] = () => {};
  let reject: Deferred['reject'] = () => {};
  const promise = new Promise<Sent>((whenSent, whenNot) => {
    resolve = whenSent;
    reject = whenNot;
  });
  return { promise, resolve, reject };
}
