import { useMemo, useSyncExternalStore } from 'react';
import type { Client, Conversation, View } from './api.js';

/** What a component needs of a conversation: how it stands now, and what can be done. */
export interface UsedConversation
  extends Pick<
    Conversation,
    'send' | 'retry' | 'discard' | 'stop' | 'regenerate' | 'loadEarlier' | 'use' | 'cut' | 'wake'
  > {
  readonly view: View;
}

/**
 * A conversation in a component. It connects when the component is mounted, and stays connected until
 * `client.conversation(id).close()` or `client.close()`: another component may show it too.
 */
export function useConversation(client: Client, id: string): UsedConversation {
  // One that was closed stays as it is: asking for it anew at each render would open it for ever.
  const conversation = useMemo(() => client.conversation(id), [client, id]);
  const { subscribe, look, actions } = useMemo(() => bound(conversation), [conversation]);
  const view = useSyncExternalStore(subscribe, look, look);
  return useMemo(() => ({ view, ...actions }), [view, actions]);
}

function bound(conversation: Conversation) {
  return {
    subscribe: (listener: () => void) => conversation.subscribe(listener),
    look: () => conversation.view,
    actions: {
      send: conversation.send.bind(conversation),
      retry: conversation.retry.bind(conversation),
      discard: conversation.discard.bind(conversation),
      stop: conversation.stop.bind(conversation),
      regenerate: conversation.regenerate.bind(conversation),
      loadEarlier: conversation.loadEarlier.bind(conversation),
      use: conversation.use.bind(conversation),
      cut: conversation.cut.bind(conversation),
      wake: conversation.wake.bind(conversation),
    },
  };
}
