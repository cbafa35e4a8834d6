import type { Client } from '../../client/api.js';
import { ConversationList } from './list.js';
import { useConversations } from './use-conversations.js';

export interface ArchivedListProps {
  readonly client: Client;
  readonly openId: string | null;
  readonly onChosen?: (() => void) | undefined;
  readonly onRestored: () => void;
}

/** The conversations that were put away. They are found by a search like all others. */
export function ArchivedList({ client, ...props }: ArchivedListProps) {
  const archived = useConversations(client.conversations, true);
  return (
    <ConversationList
      conversations={archived}
      label="Archived conversations"
      none="No conversation is archived."
      {...props}
    />
  );
}
