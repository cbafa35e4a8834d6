import type { Client, Conversation, View } from './api.js';

/** A conversation as a Svelte store: `$chat` is its view. What can be done with it is in `conversation`. */
export interface ConversationStore {
  readonly conversation: Conversation;
  /** As Svelte's store contract has it: calls `run` with the view at once and after each change. Returns a function that unsubscribes. */
  readonly subscribe: (run: (view: View) => void) => () => void;
}

/**
 * The first subscriber connects. Unsubscribing does not disconnect, since another component may show the same conversation:
 * `conversation.close()` does.
 */
export function conversationStore(client: Client, id: string): ConversationStore {
  const conversation = client.conversation(id);
  return {
    conversation,
    subscribe(run) {
      const unsubscribe = conversation.subscribe(() => run(conversation.view));
      run(conversation.view);
      return unsubscribe;
    },
  };
}
