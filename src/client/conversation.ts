import { parseCursor } from '../protocol/cursor.js';
import type { Frame } from '../protocol/frames.js';
import type {
  ClientProblem,
  Conversation,
  ErrorListener,
  NewMessage,
  OutboxStore,
  Platform,
  Sent,
  StoredMessage,
  TransportName,
  View,
} from './api.js';
import { Backoff } from './backoff.js';
import { ClientError, networkError, toClientError } from './client-error.js';
import { Delay } from './delay.js';
import { Emitter } from './emitter.js';
import type { Files } from './files.js';
import { MessageStore } from './message-store.js';
import { isFinal, Outbox, type Reply } from './outbox.js';
import { type ConnectionStatus, ReconnectingConnection } from './reconnecting-connection.js';
import type { Rest } from './rest.js';
import type { Tokens } from './tokens.js';
import type { TransportSelector } from './transport-selector.js';
import type { Transport } from './transports/transport.js';

export interface ConversationPorts {
  readonly rest: Rest;
  readonly tokens: Tokens;
  readonly platform: Platform;
  readonly files: () => Promise<Files>;
  readonly outbox: OutboxStore;
  readonly selector: TransportSelector;
  readonly transports: Readonly<Record<TransportName, Transport>>;
  readonly onClose: () => void;
}

/** One conversation: its messages, those that are not sent yet, and its connection. */
export class LiveConversation implements Conversation {
  readonly id: string;
  readonly #ports: ConversationPorts;
  readonly #path: string;
  readonly #store: MessageStore;
  readonly #outbox: Outbox;
  readonly #connection: ReconnectingConnection;
  readonly #emitter = new Emitter();
  readonly #regenerateDelay: Delay;
  #view: View | undefined;
  #reportedError: ClientProblem | null = null;
  /** Why a `regenerate` has to wait. */
  #regenerateError: ClientProblem | null = null;
  #isStarted = false;
  #unsubscribe: () => void = () => {};

  constructor(id: string, ports: ConversationPorts) {
    const { rest, platform, files, outbox: store, tokens, transports, selector } = ports;
    this.id = id;
    this.#ports = ports;
    this.#path = `/api/conversations/${encodeURIComponent(id)}/messages`;
    this.#regenerateDelay = new Delay(platform);
    const onChange = (): void => this.#changed();
    this.#store = new MessageStore({
      path: this.#path,
      rest,
      onChange,
      onFrame: (frame) => this.#frameApplied(frame),
      onPage: (messages) => this.#settleShown(messages),
    });
    this.#outbox = new Outbox({
      conversationId: id,
      path: this.#path,
      store,
      files,
      rest,
      platform,
      onChange,
      onError: (problem) => this.#emitter.emitError(problem, 'send'),
      onSent: (reply) => this.#accepted(reply),
    });
    const receiver = {
      conversationId: id,
      cursor: () => this.#store.cursor(),
      discardCursor: () => this.#store.discardCursor(),
      apply: this.#store.apply.bind(this.#store),
      statusChanged: (status: ConnectionStatus) => this.#statusChanged(status),
    };
    this.#connection = new ReconnectingConnection({ platform, tokens, transports, selector, receiver });
  }

  get view(): View {
    this.#view ??= this.#buildView();
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#start();
    return this.#emitter.onChange(listener);
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    this.#start();
    return this.#emitter.onFrame(listener);
  }

  onError(listener: ErrorListener): () => void {
    this.#start();
    return this.#emitter.onError(listener);
  }

  frames(signal?: AbortSignal): AsyncIterable<Frame> {
    this.#start();
    return this.#emitter.frames(signal);
  }

  send({ text, attachments = [], whenBusy = 'queue', ...given }: NewMessage): Promise<Sent> {
    this.#start();
    const { newId, now } = this.#ports.platform;
    const clientMessageId = given.clientMessageId ?? newId();
    this.#store.expect(clientMessageId);
    return this.#outbox.send({
      conversationId: this.id,
      clientMessageId,
      text,
      attachments,
      whenBusy,
      createdAt: new Date(now()).toISOString(),
    });
  }

  retry(clientMessageId: string): Promise<Sent> {
    return this.#outbox.retry(clientMessageId);
  }

  discard(clientMessageId: string): void {
    this.#outbox.discard(clientMessageId);
  }

  async stop(messageId?: string): Promise<void> {
    const id = messageId ?? (await this.#store.openAnswer())?.id;
    if (id === undefined) return;
    await this.#ports.rest.call('POST', `${this.#path}/${id}/stop`);
    // The stream says so too, later; polling does not.
    this.#store.markStopping(id);
    this.#connection.ping();
  }

  /** Is repeated under one `client_message_id`, like a send, but not kept for a reload. */
  async regenerate(messageId: string): Promise<Sent> {
    this.#start();
    const { rest, platform } = this.#ports;
    const backoff = new Backoff(platform.random);
    const body = { client_message_id: platform.newId() };
    this.#store.expect(body.client_message_id);
    while (this.view.state !== 'closed') {
      try {
        return this.#accepted(await rest.call<Reply>('POST', `${this.#path}/${messageId}/regenerate`, body));
      } catch (thrown) {
        await this.#afterFailure(toClientError(thrown), backoff);
      }
    }
    throw closedError(this.view.error);
  }

  /** Waits until a `regenerate` may be tried again. @throws ClientError what was refused for good */
  async #afterFailure(error: ClientError, backoff: Backoff): Promise<void> {
    if (isFinal(error)) {
      this.#emitter.emitError(error.problem, 'send');
      throw error;
    }
    const ms = backoff.next(error.retryAfter);
    this.#regenerateError = { ...error.problem, retryAt: this.#ports.platform.now() + ms };
    this.#emitter.emitError(this.#regenerateError, 'send');
    this.#changed();
    await this.#regenerateDelay.wait(ms);
    this.#regenerateError = null;
    this.#changed();
  }

  loadEarlier(): Promise<void> {
    this.#start();
    return this.#store.loadEarlier();
  }

  use(transport: TransportName | 'auto'): void {
    this.#connection.use(transport);
  }

  cut(): void {
    this.#connection.cut();
  }

  wake(): void {
    this.#outbox.retryNow();
    this.#regenerateDelay.end();
    this.#connection.wake();
  }

  close(): void {
    this.#connection.close();
  }

  /** The first subscriber, frame listener or send connects. */
  #start(): void {
    if (this.#isStarted || this.view.state === 'closed') return;
    this.#isStarted = true;
    const { platform } = this.#ports;
    const unsubscribers = [
      platform.onWake(() => this.wake()),
      platform.onHide(() => this.#connection.hide()),
    ];
    this.#unsubscribe = () => unsubscribers.forEach((unsubscribe) => unsubscribe());
    this.#connection.start();
    this.#outbox.start();
  }

  #statusChanged({ state, error }: ConnectionStatus): void {
    if (state === 'live') this.#outbox.retryNow();
    if (error && error !== this.#reportedError && (state === 'offline' || state === 'closed')) {
      this.#reportedError = error;
      this.#emitter.emitError(error, 'connection');
    }
    if (state === 'closed') this.#end(error);
    this.#changed();
  }

  #end(error: ClientProblem | null): void {
    this.#unsubscribe();
    this.#regenerateDelay.end();
    this.#outbox.close(closedError(error));
    this.#emitter.close();
    this.#ports.onClose();
  }

  #frameApplied(frame: Frame): void {
    if (frame.type === 'accepted') {
      const { userMessage, messageId, client_message_id } = frame;
      this.#outbox.settle(client_message_id, { userMessage, messageId, duplicate: false });
    }
    this.#emitter.emitFrame(frame);
  }

  /** A message in the outbox may be shown already: an earlier page has sent it, or the response to its request was lost. */
  #settleShown(messages: readonly StoredMessage[]): void {
    for (const { role, id: messageId, replyTo, client_message_id } of messages) {
      if (role !== 'assistant' || client_message_id === undefined) continue;
      const userMessage = messages.find(({ id }) => id === replyTo);
      if (userMessage) this.#outbox.settle(client_message_id, { userMessage, messageId, duplicate: false });
    }
  }

  /** The server has accepted a send or a `regenerate` of this client. */
  #accepted({ userMessage, message, duplicate, cursor }: Reply): Sent {
    const { id: messageId, client_message_id: clientMessageId = '' } = message;
    const seq = parseCursor(cursor)?.seq;
    if (seq !== undefined) this.#store.addExchange(seq, userMessage, { id: messageId, clientMessageId });
    const sent = { userMessage, messageId, duplicate };
    this.#outbox.settle(clientMessageId, sent);
    this.#connection.ping();
    return sent;
  }

  #changed(): void {
    this.#view = undefined;
    this.#emitter.emitChange();
  }

  #buildView(): View {
    const { messages, cursorText: cursor, hasEarlier } = this.#store;
    const shown = new Set(messages.map(({ client_message_id }) => client_message_id));
    const unsent = this.#outbox.messages.filter(({ client_message_id }) => !shown.has(client_message_id));
    const sendError = this.#outbox.problem ?? this.#regenerateError;
    return { ...this.#connection.status, cursor, hasEarlier, messages: [...messages, ...unsent], sendError };
  }
}

function closedError(problem: ClientProblem | null): ClientError {
  return problem ? new ClientError(problem) : networkError('the conversation was closed');
}
