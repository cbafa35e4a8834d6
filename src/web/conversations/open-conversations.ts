import type { Client, Conversation } from '../../client/api.js';
import { EventLog } from '../connection/event-log.js';

export interface Opened {
  readonly conversation: Conversation;
  readonly eventLog: EventLog;
}

/** The conversations that are connected: the one that is shown, and those with messages that are not sent yet. */
export class OpenConversations {
  readonly client: Client;
  readonly #opened = new Map<string, Opened>();
  readonly #leaving = new Map<string, () => void>();

  constructor(client: Client) {
    this.client = client;
  }

  /** The same object until the conversation is closed. */
  open(id: string): Opened {
    this.#leaving.get(id)?.();
    this.#leaving.delete(id);
    const known = this.#opened.get(id);
    if (known) return known;
    const conversation = this.client.conversation(id);
    const opened = { conversation, eventLog: new EventLog(conversation) };
    this.#opened.set(id, opened);
    return opened;
  }

  /** Called when the conversation is no longer shown. Closes it as soon as the server has all its messages. */
  leave(id: string): void {
    const opened = this.#opened.get(id);
    if (!opened || this.#leaving.has(id)) return;
    const { conversation, eventLog } = opened;
    const closeWhenSent = () => {
      if (conversation.view.messages.some(({ status }) => status === 'sending')) return;
      this.#leaving.get(id)?.();
      this.#leaving.delete(id);
      this.#opened.delete(id);
      eventLog.close();
      conversation.close();
    };
    this.#leaving.set(id, conversation.subscribe(closeWhenSent));
    closeWhenSent();
  }
}
