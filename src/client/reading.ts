import type { Frame } from '../protocol/frames.js';
import type { Message } from '../protocol/message.js';
import type { StoredMessage } from './api.js';
import type { News } from './attempt.js';
import { networkError } from './client-error.js';
import { formatCursor } from './cursor.js';
import { isEnded, numbered, type Page, withExchange } from './entries.js';
import { beginWith, isOlder, takePage } from './page.js';
import type { Rest } from './rest.js';
import { type Told, take, withStopping } from './told.js';

export interface ReadingOptions {
  /** Of the conversation's messages. */
  readonly path: string;
  readonly rest: Rest;
  readonly onChange: () => void;
  /** In order and once; what they say is shown by then. */
  readonly onFrame: (frame: Frame) => void;
  readonly onPage: (messages: readonly StoredMessage[]) => void;
}

/** What the server has told of a conversation so far, by pages and by frames. */
export class Reading {
  readonly #options: ReadingOptions;
  #told: Told | undefined;
  /** Whether the place is worth nothing, and the next one is that of the newest page. */
  #isPageDue = true;
  #earlier: Promise<void> | undefined;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  get messages(): readonly StoredMessage[] {
    return this.#told?.entries.map(({ message }) => message) ?? [];
  }

  get cursor(): string | null {
    return this.#told ? formatCursor(this.#told.place) : null;
  }

  get hasEarlier(): boolean {
    return typeof this.#told?.earlier === 'string';
  }

  /** The answer that is being written, or is the next to be. */
  get open(): StoredMessage | undefined {
    return this.messages.find((message) => message.role === 'assistant' && !isEnded(message));
  }

  /** The place to go on from. @throws ClientError when it takes a page and that could not be had */
  async place(): Promise<string> {
    if (this.#isPageDue) {
      this.#takePage(await this.#options.rest.call<Page>('GET', this.#options.path));
      this.#isPageDue = false;
    }
    if (!this.#told) throw networkError('the server gave no page of messages');
    return formatCursor(this.#told.place);
  }

  forgetPlace(): void {
    this.#isPageDue = true;
  }

  /** `gap` and `lost` as for `take` of told.ts; nothing has changed then. */
  take(news: News): 'ok' | 'gap' | 'lost' {
    if (!this.#told) return 'lost';
    if ('page' in news) {
      if (!isOlder(news.page, this.#told)) this.#takePage(news.page);
      return 'ok';
    }
    const step = take(this.#told, news.frame);
    if (step.kind === 'seen') return 'ok';
    if (step.kind !== 'moved') return step.kind;
    this.#set(step.told);
    this.#options.onFrame(step.frame);
    return 'ok';
  }

  /** An exchange that this client has begun: it is shown before the stream tells of it. */
  begun(seq: number, userMessage: Message, answer: { id: string; clientMessageId: string }): void {
    if (!this.#told) return;
    this.#set({ ...this.#told, entries: withExchange(this.#told.entries, seq, userMessage, answer) });
  }

  stopping(messageId: string): void {
    if (this.#told) this.#set({ ...this.#told, entries: withStopping(this.#told.entries, messageId) });
  }

  /** One load at a time: who asks meanwhile waits for the same. */
  loadEarlier(): Promise<void> {
    this.#earlier ??= this.#loadEarlier().finally(() => {
      this.#earlier = undefined;
    });
    return this.#earlier;
  }

  async #loadEarlier(): Promise<void> {
    await this.place();
    const cursor = this.#told?.earlier;
    if (typeof cursor !== 'string') return;
    const { path, rest } = this.#options;
    const page = await rest.call<Page>('GET', `${path}?cursor=${encodeURIComponent(cursor)}`);
    const told = this.#told;
    const first = told?.entries[0];
    // Meanwhile all may have been loaded anew.
    if (!told || !first || told.earlier !== cursor) return;
    const entries = [...numbered(page.items, first.seq), ...told.entries];
    this.#set({ ...told, entries, earlier: page.nextCursor });
  }

  #takePage(page: Page): void {
    const taken = this.#told ? takePage(this.#told, page) : { told: beginWith(page), frames: [] };
    if (!taken?.told) return;
    this.#set(taken.told);
    this.#options.onPage(this.messages);
    for (const frame of taken.frames) this.#options.onFrame(frame);
  }

  #set(told: Told): void {
    this.#told = told;
    this.#options.onChange();
  }
}
