import { useMemo, useSyncExternalStore } from 'react';
import type { Client, Conversation, View } from './api.js';

/** A conversation for a component: its view, and what can be done with it. */
export interface UsedConversation
  extends Pick<
    Conversation,
    'send' | 'retry' | 'discard' | 'stop' | 'regenerate' | 'loadEarlier' | 'use' | 'cut' | 'wake'
  > {
  readonly view: View;
}

/**
 * The conversation as state of a component, which renders again with each change. Mounting connects; unmounting does not
 * disconnect, since another component may show the same conversation. `client.conversation(id).close()` disconnects.
 */
export function useConversation(client: Client, id: string): UsedConversation {
  // Not asked for at each render: a conversation that closes would be opened again and again.
  const conversation = useMemo(() => client.conversation(id), [client, id]);
  const { subscribe, getView, actions } = useMemo(() => bind(conversation), [conversation]);
  const view = useSyncExternalStore(subscribe, getView, getView);
  return useMemo(() => ({ view, ...actions }), [view, actions]);
}

function bind(conversation: Conversation) {
  return {
    subscribe: (listener: () => void) => conversation.subscribe(listener),
    getView: () => conversation.view,
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
