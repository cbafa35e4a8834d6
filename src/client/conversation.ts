import type { Message } from '../conversation/message.js';
import type { Frame } from '../protocol/frames.js';
import type {
  ClientProblem,
  Conversation,
  NewMessage,
  OutboxStore,
  Platform,
  Sent,
  TransportName,
  View,
} from './api.js';
import type { News } from './attempt.js';
import { Backoff } from './backoff.js';
import { type ClientError, networkError, toClientError } from './client-error.js';
import { formatCursor, parseCursor } from './cursor.js';
import { isEnded, numbered, type Page, withExchange } from './entries.js';
import { Hub } from './hub.js';
import type { Ladder } from './ladder.js';
import { Link } from './link.js';
import { isFinal, Outbox, type Reply } from './outbox.js';
import { beginWith, isOlder, takePage } from './page.js';
import { Pause } from './pause.js';
import type { Rest } from './rest.js';
import type { Tokens } from './tokens.js';
import { type Told, take, withStopping } from './told.js';
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

/** One conversation: what the server told of it, what waits to be sent, and the link that keeps it going. */
export class LiveConversation implements Conversation {
  readonly id: string;
  readonly #ports: ConversationPorts;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #hub = new Hub();
  readonly #retries: Pause;
  #told: Told | undefined;
  /** What is shown is not where the server stands: the page must be asked for before anything else. */
  #isPageDue = true;
  #view: View | undefined;
  #lastRefusal: ClientProblem | null = null;
  #started = false;
  #stopWaking: () => void = () => {};

  constructor(id: string, ports: ConversationPorts) {
    this.id = id;
    this.#ports = ports;
    const { rest, platform, outbox: store, tokens, transports, ladder } = ports;
    this.#retries = new Pause(platform);
    this.#outbox = new Outbox({
      conversationId: id,
      store,
      rest,
      platform,
      onChange: () => this.#changed(),
      onSent: (reply) => this.#takeReply(reply),
    });
    this.#link = new Link({
      platform,
      tokens,
      transports,
      ladder,
      host: {
        conversationId: id,
        place: () => this.#place(),
        forgetPlace: () => {
          this.#isPageDue = true;
        },
        told: (news) => this.#take(news),
        changed: ({ state, error }) => {
          if (state === 'live') this.#outbox.wake();
          if (state === 'closed') this.#end(error);
          this.#changed();
        },
      },
    });
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

  async stop(messageId = this.#running()): Promise<void> {
    if (messageId === undefined) return;
    await this.#ports.rest.call('POST', `${this.#path}/${messageId}/stop`);
    // Polling tells of no stop; the others may tell later.
    if (this.#told) this.#set({ ...this.#told, entries: withStopping(this.#told.entries, messageId) });
    this.#link.poke();
  }

  async regenerate(messageId: string): Promise<Sent> {
    this.#start();
    const path = `${this.#path}/${messageId}/regenerate`;
    const body = { client_message_id: this.#ports.platform.newId() };
    const backoff = new Backoff(this.#ports.platform.random);
    while (this.view.state !== 'closed') {
      try {
        return this.#takeReply(await this.#ports.rest.call<Reply>('POST', path, body));
      } catch (thrown) {
        const error = toClientError(thrown);
        if (isFinal(error) || error.status === 401) throw error;
        await this.#retries.wait(backoff.next(error.retryAfter));
      }
    }
    throw closedError();
  }

  #earlier: Promise<void> | undefined;

  loadEarlier(): Promise<void> {
    this.#start();
    this.#earlier ??= this.#loadEarlier().finally(() => {
      this.#earlier = undefined;
    });
    return this.#earlier;
  }

  use(transport: TransportName | 'auto'): void {
    this.#link.use(transport);
  }

  cut(): void {
    this.#link.cut();
  }

  wake(): void {
    this.#outbox.wake();
    this.#retries.end();
    this.#link.wake();
  }

  close(): void {
    this.#link.close();
  }

  get #path(): string {
    return `/api/conversations/${this.id}/messages`;
  }

  /** Nothing happens before somebody wants to know. */
  #start(): void {
    if (this.#started || this.view.state === 'closed') return;
    this.#started = true;
    this.#stopWaking = this.#ports.platform.onWake(() => this.wake());
    this.#link.start();
    this.#outbox.start();
  }

  #end(error: ClientProblem | null): void {
    this.#stopWaking();
    this.#retries.end();
    this.#outbox.close(closedError(error));
    this.#hub.close();
    this.#ports.onClose();
  }

  async #place(): Promise<string> {
    if (!this.#told || this.#isPageDue) {
      const page = await this.#ports.rest.call<Page>('GET', this.#path);
      this.#takePage(page);
      this.#isPageDue = false;
    }
    if (!this.#told) throw networkError('the server gave no page of messages');
    return formatCursor(this.#told.place);
  }

  #take(news: News): 'ok' | 'gap' | 'lost' {
    if ('page' in news) {
      if (this.#told && !isOlder(news.page, this.#told)) this.#takePage(news.page);
      return 'ok';
    }
    if (!this.#told) return 'lost';
    const step = take(this.#told, news.frame);
    if (step.kind === 'seen') return 'ok';
    if (step.kind !== 'moved') return step.kind;
    this.#set(step.told);
    this.#settle(step.frame);
    this.#hub.tell(step.frame);
    return 'ok';
  }

  #takePage(page: Page): void {
    const taken = this.#told ? takePage(this.#told, page) : { told: beginWith(page), frames: [] };
    if (!taken?.told) return;
    this.#set(taken.told);
    for (const { message } of taken.told.entries) this.#settleAnswer(message);
    for (const frame of taken.frames) this.#hub.tell(frame);
  }

  #takeReply({ userMessage, message, duplicate, cursor }: Reply): Sent {
    const clientMessageId = message.client_message_id ?? '';
    const seq = parseCursor(cursor)?.seq;
    if (this.#told && seq !== undefined) {
      const answer = { id: message.id, clientMessageId };
      this.#set({ ...this.#told, entries: withExchange(this.#told.entries, seq, userMessage, answer) });
    }
    const sent = { userMessage, messageId: message.id, duplicate };
    this.#outbox.settle(clientMessageId, sent);
    this.#link.poke();
    return sent;
  }

  #settle(frame: Frame): void {
    if (frame.type !== 'accepted') return;
    const { userMessage, messageId, client_message_id } = frame;
    this.#outbox.settle(client_message_id, { userMessage, messageId, duplicate: false });
  }

  /** What an earlier page sent may be shown already. */
  #settleAnswer({ role, id: messageId, replyTo, client_message_id }: Message): void {
    if (role !== 'assistant' || client_message_id === undefined) return;
    const userMessage = this.#told?.entries.find(({ message }) => message.id === replyTo)?.message;
    if (userMessage) this.#outbox.settle(client_message_id, { userMessage, messageId, duplicate: false });
  }

  async #loadEarlier(): Promise<void> {
    await this.#place();
    const cursor = this.#told?.earlier;
    if (cursor == null) return;
    const page = await this.#ports.rest.call<Page>('GET', `${this.#path}?cursor=${cursor}`);
    const told = this.#told;
    const first = told?.entries[0];
    // Meanwhile the messages may have been loaded anew.
    if (!told || !first || told.earlier !== cursor) return;
    const entries = [...numbered(page.items, first.seq), ...told.entries];
    this.#set({ ...told, entries, earlier: page.nextCursor });
  }

  #running(): string | undefined {
    const isOpen = (message: Message): boolean => message.role === 'assistant' && !isEnded(message);
    return this.#told?.entries.find(({ message }) => isOpen(message))?.message.id;
  }

  #set(told: Told): void {
    this.#told = told;
    this.#changed();
  }

  #changed(): void {
    this.#view = undefined;
    this.#hub.changed();
  }

  #look(): View {
    const { state, transport, retryAt, error } = this.#link.state;
    const told = this.#told;
    const messages = told?.entries.map(({ message }) => message) ?? [];
    const shown = new Set(messages.map(({ client_message_id }) => client_message_id));
    const waiting = this.#outbox.messages.filter(({ client_message_id }) => !shown.has(client_message_id));
    return {
      state,
      transport,
      retryAt,
      cursor: told ? formatCursor(told.place) : null,
      messages: [...messages, ...waiting],
      hasEarlier: told?.earlier != null,
      error: error ?? this.#lastRefusal,
    };
  }
}

function closedError(problem?: ClientProblem | null): ClientError {
  return networkError(problem ? problem.message : 'the conversation was closed');
}
