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
import { parseCursor } from './cursor.js';
import { Hub } from './hub.js';
import type { Ladder } from './ladder.js';
import { Link, type LinkState } from './link.js';
import { isFinal, Outbox, type Reply } from './outbox.js';
import { Pause } from './pause.js';
import { Reading } from './reading.js';
import type { Rest } from './rest.js';
import type { Tokens } from './tokens.js';
import type { Connect } from './transports/transport.js';

export interface ConversationPorts {
  readonly rest: Rest;
  readonly tokens: Tokens;
  readonly platform: Platform;
  readonly outbox: OutboxStore;
  readonly ladder: Ladder;
  readonly transports: Readonly<Record<TransportName, Connect>>;
  readonly onClose: () => void;
}

/** One conversation: what the server told of it, what waits to be sent, and the link that brings both together. */
export class LiveConversation implements Conversation {
  readonly id: string;
  readonly #ports: ConversationPorts;
  readonly #path: string;
  readonly #reading: Reading;
  readonly #outbox: Outbox;
  readonly #link: Link;
  readonly #hub = new Hub();
  readonly #retries: Pause;
  #view: View | undefined;
  #reportedError: ClientProblem | null = null;
  /** What holds up a `regenerate`. */
  #regenerateError: ClientProblem | null = null;
  #started = false;
  #stopWaking: () => void = () => {};

  constructor(id: string, ports: ConversationPorts) {
    const { rest, platform, outbox: store, tokens, transports, ladder } = ports;
    this.id = id;
    this.#ports = ports;
    this.#path = `/api/conversations/${encodeURIComponent(id)}/messages`;
    this.#retries = new Pause(platform);
    const onChange = (): void => this.#changed();
    this.#reading = new Reading({
      path: this.#path,
      rest,
      onChange,
      onFrame: (frame) => this.#told(frame),
      onPage: (messages) => this.#settle(messages),
    });
    this.#outbox = new Outbox({
      conversationId: id,
      path: this.#path,
      store,
      rest,
      platform,
      onChange,
      onError: (problem) => this.#hub.failed(problem, 'send'),
      onSent: (reply) => this.#begun(reply),
    });
    const host = {
      conversationId: id,
      place: () => this.#reading.place(),
      forgetPlace: () => this.#reading.forgetPlace(),
      told: this.#reading.take.bind(this.#reading),
      changed: (state: LinkState) => this.#linkChanged(state),
    };
    this.#link = new Link({ platform, tokens, transports, ladder, host });
  }

  get view(): View {
    this.#view ??= this.#look();
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#start();
    return this.#hub.onChange(listener);
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    this.#start();
    return this.#hub.onFrame(listener);
  }

  /** Connects to nothing by itself: whoever shows errors has subscribed as well. */
  onError(listener: ErrorListener): () => void {
    return this.#hub.onError(listener);
  }

  frames(signal?: AbortSignal): AsyncIterable<Frame> {
    this.#start();
    return this.#hub.frames(signal);
  }

  send({ text, attachments = [], whenBusy = 'queue', clientMessageId }: NewMessage): Promise<Sent> {
    this.#start();
    const { newId, now } = this.#ports.platform;
    return this.#outbox.send({
      conversationId: this.id,
      clientMessageId: clientMessageId ?? newId(),
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

  async stop(messageId = this.#reading.open?.id): Promise<void> {
    if (messageId === undefined) return;
    await this.#ports.rest.call('POST', `${this.#path}/${messageId}/stop`);
    // The stream may tell of it later; polling does not.
    this.#reading.stopping(messageId);
    this.#link.poke();
  }

  /** Repeated under one `client_message_id`, as a send is, but not kept for a reload. */
  async regenerate(messageId: string): Promise<Sent> {
    this.#start();
    const { rest, platform } = this.#ports;
    const backoff = new Backoff(platform.random);
    const body = { client_message_id: platform.newId() };
    while (this.view.state !== 'closed') {
      try {
        return this.#begun(await rest.call<Reply>('POST', `${this.#path}/${messageId}/regenerate`, body));
      } catch (thrown) {
        await this.#afterFailure(toClientError(thrown), backoff);
      }
    }
    throw closedError(this.view.error);
  }

  /** Waits until a `regenerate` may be tried again. @throws ClientError what was refused for good */
  async #afterFailure(error: ClientError, backoff: Backoff): Promise<void> {
    if (isFinal(error)) {
      this.#hub.failed(error.problem, 'send');
      throw error;
    }
    const ms = backoff.next(error.retryAfter);
    this.#regenerateError = { ...error.problem, retryAt: this.#ports.platform.now() + ms };
    this.#hub.failed(this.#regenerateError, 'send');
    this.#changed();
    await this.#retries.wait(ms);
    this.#regenerateError = null;
    this.#changed();
  }

  loadEarlier(): Promise<void> {
    this.#start();
    return this.#reading.loadEarlier();
  }

  use(transport: TransportName | 'auto'): void {
    this.#link.use(transport);
  }

  cut(): void {
    this.#link.cut();
  }

  wake(): void {
    this.#outbox.hurry();
    this.#retries.end();
    this.#link.wake();
  }

  close(): void {
    this.#link.close();
  }

  /** Nothing happens before somebody wants to know. */
  #start(): void {
    if (this.#started || this.view.state === 'closed') return;
    this.#started = true;
    this.#stopWaking = this.#ports.platform.onWake(() => this.wake());
    this.#link.start();
    this.#outbox.start();
  }

  #linkChanged({ state, error }: LinkState): void {
    if (state === 'live') this.#outbox.hurry();
    if (error && error !== this.#reportedError && (state === 'offline' || state === 'closed')) {
      this.#reportedError = error;
      this.#hub.failed(error, 'connection');
    }
    if (state === 'closed') this.#end(error);
    this.#changed();
  }

  #end(error: ClientProblem | null): void {
    this.#stopWaking();
    this.#retries.end();
    this.#outbox.close(closedError(error));
    this.#hub.close();
    this.#ports.onClose();
  }

  #told(frame: Frame): void {
    if (frame.type === 'accepted') {
      const { userMessage, messageId, client_message_id } = frame;
      this.#outbox.settle(client_message_id, { userMessage, messageId, duplicate: false });
    }
    this.#hub.tell(frame);
  }

  /** What waits, sent by an earlier page or by a request whose answer was lost, may be shown already. */
  #settle(messages: readonly StoredMessage[]): void {
    for (const { role, id: messageId, replyTo, client_message_id } of messages) {
      if (role !== 'assistant' || client_message_id === undefined) continue;
      const userMessage = messages.find(({ id }) => id === replyTo);
      if (userMessage) this.#outbox.settle(client_message_id, { userMessage, messageId, duplicate: false });
    }
  }

  /** The server has begun an exchange that this client asked for. */
  #begun({ userMessage, message, duplicate, cursor }: Reply): Sent {
    const { id: messageId, client_message_id: clientMessageId = '' } = message;
    const seq = parseCursor(cursor)?.seq;
    if (seq !== undefined) this.#reading.begun(seq, userMessage, { id: messageId, clientMessageId });
    const sent = { userMessage, messageId, duplicate };
    this.#outbox.settle(clientMessageId, sent);
    this.#link.poke();
    return sent;
  }

  #changed(): void {
    this.#view = undefined;
    this.#hub.changed();
  }

  #look(): View {
    const { messages, cursor, hasEarlier } = this.#reading;
    const shown = new Set(messages.map(({ client_message_id }) => client_message_id));
    const waiting = this.#outbox.messages.filter(({ client_message_id }) => !shown.has(client_message_id));
    const sendError = this.#outbox.problem ?? this.#regenerateError;
    return { ...this.#link.state, cursor, hasEarlier, messages: [...messages, ...waiting], sendError };
  }
}

function closedError(problem: ClientProblem | null): ClientError {
  return problem ? new ClientError(problem) : networkError('the conversation was closed');
}
