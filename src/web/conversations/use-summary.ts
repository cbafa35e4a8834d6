import { useEffect, useState } from 'react';
import type { ConversationSummary } from '../../client/api.js';
import type { Conversations } from './use-conversations.js';

/** The summary of a conversation. Asks the server for one that is not in the loaded part of the list. */
export function useSummary({ items, loading, find }: Conversations, id: string): ConversationSummary | null {
  const [found, setFound] = useState<ConversationSummary | null>(null);
  const listed = items.find((item) => item.id === id);
  const missing = !loading && !listed;
  useEffect(() => {
    // If the conversation does not exist, the conversation itself says so.
    if (missing) find(id).then(setFound, () => {});
  }, [missing, find, id]);
  return listed ?? found;
}
