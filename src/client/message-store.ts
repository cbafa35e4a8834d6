import { formatCursor } from '../protocol/cursor.js';
import type { Frame } from '../protocol/frames.js';
import type { Message } from '../protocol/message.js';
import type { StoredMessage } from './api.js';
import { networkError } from './client-error.js';
import { applyFrame, type ConversationState, withStopping } from './conversation-state.js';
import { isEnded, numbered, type Page, withExchange } from './entries.js';
import { applyPage, firstState, isOlder } from './message-page.js';
import type { Update } from './monitored-connection.js';
import type { Rest } from './rest.js';

export interface MessageStoreOptions {
  /** Of the conversation's messages. */
  readonly path: string;
  readonly rest: Rest;
  readonly onChange: () => void;
  /** Called for each frame once and in order, when `messages` has it. */
  readonly onFrame: (frame: Frame) => void;
  readonly onPage: (messages: readonly StoredMessage[]) => void;
}

/** Holds the conversation's state, and changes it by pages and by frames. */
export class MessageStore {
  readonly #options: MessageStoreOptions;
  #state: ConversationState | undefined;
  /** Whether the newest page has to be loaded before the cursor can be used. */
  #needsPage = true;
  /** The `client_message_id`s of what was sent before the first page came. */
  readonly #sentEarly = new Set<string>();
  /** What the server accepted before the first page came, which may be older. */
  readonly #acceptedEarly: Parameters<MessageStore['addExchange']>[] = [];
  #loadingEarlier: Promise<void> | undefined;

  constructor(options: MessageStoreOptions) {
    this.#options = options;
  }

  get messages(): readonly StoredMessage[] {
    return this.#state?.entries.map(({ message }) => message) ?? [];
  }

  get cursorText(): string | null {
    return this.#state ? formatCursor(this.#state.cursor) : null;
  }

  get hasEarlier(): boolean {
    return typeof this.#state?.earlierPage === 'string';
  }

  /** The answer that is being written, or is the next to be written. @throws as `cursor`, when no page is there yet */
  async openAnswer(): Promise<StoredMessage | undefined> {
    if (!this.#state) await this.cursor();
    return this.messages.find((message) => message.role === 'assistant' && !isEnded(message));
  }

  /** Where a connection begins. @throws ClientError when the page is needed and cannot be loaded */
  async cursor(): Promise<string> {
    if (this.#needsPage) {
      this.#applyPage(await this.#options.rest.call<Page>('GET', this.#options.path));
      this.#needsPage = false;
    }
    if (!this.#state) throw networkError('the server sent no page of messages');
    return formatCursor(this.#state.cursor);
  }

  discardCursor(): void {
    this.#needsPage = true;
  }

  /** `gap` and `lost` as `FrameResult` of conversation-state.ts; nothing has changed then. */
  apply(update: Update): 'ok' | 'gap' | 'lost' {
    if (!this.#state) return 'lost';
    if ('page' in update) {
      if (!isOlder(update.page, this.#state)) this.#applyPage(update.page);
      return 'ok';
    }
    const result = applyFrame(this.#state, update.frame);
    if (result.kind === 'ignored') return 'ok';
    if (result.kind !== 'changed') return result.kind;
    this.#set(result.state);
    this.#options.onFrame(result.frame);
    return 'ok';
  }

  /** This client sends a message, or asks for another answer, under this id. */
  expect(clientMessageId: string): void {
    if (!this.#state) this.#sentEarly.add(clientMessageId);
  }

  /** The server has accepted a message of this client: it is shown before the stream brings it. */
  addExchange(seq: number, userMessage: Message, answer: { id: string; clientMessageId: string }): void {
    if (!this.#state) this.#acceptedEarly.push([seq, userMessage, answer]);
    else this.#set({ ...this.#state, entries: withExchange(this.#state.entries, seq, userMessage, answer) });
  }

  markStopping(messageId: string): void {
    if (this.#state) this.#set({ ...this.#state, entries: withStopping(this.#state.entries, messageId) });
  }

  /** One load at a time: a second caller waits for the first load. */
  loadEarlier(): Promise<void> {
    this.#loadingEarlier ??= this.#loadEarlier().finally(() => {
      this.#loadingEarlier = undefined;
    });
    return this.#loadingEarlier;
  }

  async #loadEarlier(): Promise<void> {
    await this.cursor();
    const cursor = this.#state?.earlierPage;
    if (typeof cursor !== 'string') return;
    const { path, rest } = this.#options;
    const page = await rest.call<Page>('GET', `${path}?cursor=${encodeURIComponent(cursor)}`);
    const state = this.#state;
    const first = state?.entries[0];
    // The newest page may have replaced everything meanwhile.
    if (!state || !first || state.earlierPage !== cursor) return;
    const entries = [...numbered(page.items, first.seq), ...state.entries];
    this.#set({ ...state, entries, earlierPage: page.nextCursor });
  }

  #applyPage(page: Page): void {
    const applied = this.#state
      ? applyPage(this.#state, page)
      : firstState(page, (id) => this.#sentEarly.has(id));
    if (!applied) return;
    this.#set(applied.state);
    for (const exchange of this.#acceptedEarly.splice(0)) this.addExchange(...exchange);
    this.#options.onPage(this.messages);
    for (const frame of applied.frames) this.#options.onFrame(frame);
  }

  #set(state: ConversationState): void {
    this.#state = state;
    this.#options.onChange();
  }
}
