import { useEffect, useState } from 'react';
import type { ConversationSummary } from '../../client/api.js';
import type { Conversations } from './use-conversations.js';

/** Of a conversation that may be too old for the part of the list that was loaded. */
export function useSummary({ items, loading, find }: Conversations, id: string): ConversationSummary | null {
  const [found, setFound] = useState<ConversationSummary | null>(null);
  const listed = items.find((item) => item.id === id);
  const missing = !loading && !listed;
  useEffect(() => {
    // A conversation that is not there says so itself.
    if (missing) find(id).then(setFound, () => {});
  }, [missing, find, id]);
  return listed ?? found;
}
