import { setImmediate } from 'node:timers/promises';
import { withoutDisclaimer } from '../generation/disclaimer.js';
import type { Conversation } from '../protocol/conversation.js';
import type { Message } from '../protocol/message.js';
import type { SearchHit, SearchPage } from '../protocol/search.js';
import { excerptOf } from './excerpt.js';
import { marksIn, type SearchTerm } from './search-words.js';

export interface SearchStore {
  /**
   * The user's messages and titles that have all the terms, newest first, at most `limit` of them and with ids below `before`.
   * @param matches whether a text that the store had to read itself has the terms
   */
  search(request: SearchRequest): Promise<FoundTexts>;
}

export interface SearchRequest {
  readonly userId: string;
  readonly terms: readonly SearchTerm[];
  readonly limit: number;
  readonly before: string | undefined;
  readonly matches: (text: FoundText) => boolean;
}

export interface FoundTexts {
  readonly found: readonly FoundText[];
  /** Where the next page begins. Absent when all texts have been searched. */
  readonly next?: string;
}

export interface FoundText {
  /** Null: the title of the conversation. */
  readonly messageId: string | null;
  readonly role: Message['role'] | null;
  readonly createdAt: string;
  readonly content: string;
  readonly conversation: Conversation;
}

/** Finds words in a user's own conversations (docs/protocol.md, "Search"). */
export class Search {
  readonly #store: SearchStore;
  readonly #disclaimers: readonly string[];

  /** @param disclaimers those that answers end with: nobody looks for their words */
  constructor(store: SearchStore, disclaimers: readonly string[]) {
    this.#store = store;
    this.#disclaimers = disclaimers;
  }

  async page(
    userId: string,
    terms: readonly SearchTerm[],
    limit: number,
    before: string | undefined,
  ): Promise<SearchPage> {
    const marksOf = (text: FoundText) => marksIn(this.#written(text), terms);
    const matches = (text: FoundText): boolean => marksOf(text) !== undefined;
    const { found, next } = await this.#store.search({ userId, terms, limit, before, matches });
    const items: SearchHit[] = [];
    for (const text of found) {
      const { conversation, messageId, role, createdAt } = text;
      const excerpt = excerptOf(this.#written(text), marksOf(text) ?? []);
      items.push({ conversation, messageId, role, createdAt, excerpt });
      // A long text takes some milliseconds, and others are served between two of them.
      await setImmediate();
    }
    return { items, nextCursor: next ?? null };
  }

  #written({ role, content }: FoundText): string {
    return role === 'assistant' ? withoutDisclaimer(content, this.#disclaimers) : content;
  }
}
