import type { Client, Conversation } from '../../client/api.js';
import { Journal } from '../connection/journal.js';

export interface Opened {
  readonly conversation: Conversation;
  readonly journal: Journal;
}

/** The conversations that are connected: the one that is shown, and those left before all was sent. */
export class OpenConversations {
  readonly client: Client;
  readonly #opened = new Map<string, Opened>();
  readonly #leaving = new Map<string, () => void>();

  constructor(client: Client) {
    this.client = client;
  }

  /** The same until it was left. */
  open(id: string): Opened {
    this.#leaving.get(id)?.();
    this.#leaving.delete(id);
    const known = this.#opened.get(id);
    if (known) return known;
    const conversation = this.client.conversation(id);
    const opened = { conversation, journal: new Journal(conversation) };
    this.#opened.set(id, opened);
    return opened;
  }

  /** Not shown any more: closed as soon as the server has all that was written in it. */
  leave(id: string): void {
    const opened = this.#opened.get(id);
    if (!opened || this.#leaving.has(id)) return;
    const { conversation, journal } = opened;
    const closeWhenSent = () => {
      if (conversation.view.messages.some(({ status }) => status === 'sending')) return;
      this.#leaving.get(id)?.();
      this.#leaving.delete(id);
      this.#opened.delete(id);
      journal.close();
      conversation.close();
    };
    this.#leaving.set(id, conversation.subscribe(closeWhenSent));
    closeWhenSent();
  }
}
