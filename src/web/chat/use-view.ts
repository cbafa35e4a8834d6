import { useCallback, useSyncExternalStore } from 'react';
import type { Conversation, View } from '../../client/api.js';

/** A conversation as it stands, for as long as it is shown: also once it has closed itself. */
export function useView(conversation: Conversation): View {
  const subscribe = useCallback((listener: () => void) => conversation.subscribe(listener), [conversation]);
  return useSyncExternalStore(subscribe, () => conversation.view);
}
