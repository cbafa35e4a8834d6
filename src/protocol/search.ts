import type { Conversation } from './conversation.js';
import type { Message } from './message.js';

/** A message, or a title that a person gave, in which something was found (docs/protocol.md, "Search"). */
export interface SearchHit {
  readonly conversation: Conversation;
  /** Null: the title of the conversation. */
  readonly messageId: string | null;
  readonly role: Message['role'] | null;
  /** Of the message, or of the conversation. */
  readonly createdAt: string;
  readonly excerpt: Excerpt;
}

/** Plain text, with the places of what was found in it. */
export interface Excerpt {
  readonly text: string;
  /** In UTF-16 units of `text`, `end` exclusive, in order. */
  readonly marks: readonly { readonly start: number; readonly end: number }[];
}

export interface SearchPage {
  /** Newest first. */
  readonly items: readonly SearchHit[];
  /** Null when everything has been searched. Otherwise there may be more, even after a page without items. */
  readonly nextCursor: string | null;
}
