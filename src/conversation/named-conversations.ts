import { isId } from './ids.js';

/** Conversations by the names that clients of other protocols give them. A name is its user's own: others may have the same. */
export interface NamedConversationStore {
  /** The id of the user's conversation that has this name, or, where `id` is given, this id. */
  idOf(userId: string, name: string, id?: string): Promise<string | undefined>;
  /** The id of the conversation of this name, made now if there is none. Two calls at the same time make one. */
  make(userId: string, name: string, ephemeral: boolean): Promise<string>;
  /**
   * The newest answer that `message` means: the id of an answer, or of a user message, or the `client_message_id` of one. Without
   * it, the newest answer of the conversation.
   */
  newestAnswer(conversationId: string, message?: string): Promise<string | undefined>;
}

/** Finds the conversation that a client means by a name of its own. A conversation's id is good as a name, too. */
export class NamedConversations {
  readonly #store: NamedConversationStore;
  readonly #admit: (userId: string) => Promise<unknown>;

  /** @param admit counts a conversation that is to be made, and throws AppError `rate_limited` when there are too many */
  constructor(store: NamedConversationStore, admit: (userId: string) => Promise<unknown>) {
    this.#store = store;
    this.#admit = admit;
  }

  /** Undefined before the first send, and for a conversation of another user. */
  find(userId: string, name: string): Promise<string | undefined> {
    return this.#store.idOf(userId, name, isId(name) ? name.toLowerCase() : undefined);
  }

  /** Makes it if there is none. It is not listed before it has a message; an ephemeral one never is, and does not last. */
  async findOrMake(userId: string, name: string, { ephemeral = false } = {}): Promise<string> {
    const found = await this.find(userId, name);
    if (found !== undefined) return found;
    // The message limit already bounds ephemeral conversations.
    if (!ephemeral) await this.#admit(userId);
    return this.#store.make(userId, name, ephemeral);
  }

  /** The id of an answer, as `NamedConversationStore.newestAnswer` finds it. */
  newestAnswer(conversationId: string, message?: string): Promise<string | undefined> {
    return this.#store.newestAnswer(conversationId, message);
  }
}
