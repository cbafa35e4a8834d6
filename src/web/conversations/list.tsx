import { useState } from 'react';
import type { ConversationSummary } from '../../client/api.js';
import { ErrorMessage } from '../ui/error-message.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import { dateGroups } from './date-groups.js';
import { DeleteDialog } from './delete-dialog.js';
import { RenameDialog } from './rename-dialog.js';
import { ConversationRow } from './row.js';
import type { Conversations } from './use-conversations.js';

export interface ConversationListProps {
  readonly conversations: Conversations;
  readonly openId: string | null;
  readonly onChosen?: (() => void) | undefined;
}

/** The conversations, the one with the newest message first, grouped by the day of that message. */
export function ConversationList({ conversations, openId, onChosen }: ConversationListProps) {
  const [renaming, setRenaming] = useState<ConversationSummary | null>(null);
  const [deleting, setDeleting] = useState<ConversationSummary | null>(null);
  const more = useAsyncAction(conversations.loadMore);
  const { items, loading, hasMore, error } = conversations;
  return (
    <nav className="conversations" aria-label="Conversations">
      {dateGroups(items, ({ updatedAt }) => updatedAt, new Date()).map(({ label, items }) => (
        <div key={label}>
          <p className="date-group" aria-hidden="true">
            {label}
          </p>
          <ul aria-label={label}>
            {items.map((item) => (
              <ConversationRow
                key={item.id}
                conversation={item}
                isOpen={item.id === openId}
                onChosen={onChosen}
                onRename={setRenaming}
                onDelete={setDeleting}
              />
            ))}
          </ul>
        </div>
      ))}
      {items.length === 0 && !error && (
        <p className="hint">{loading ? 'Loading …' : 'Your conversations will be listed here.'}</p>
      )}
      {error && (
        <div role="alert" className="problem">
          <p>{error}</p>
          <button type="button" className="link" onClick={() => void conversations.reload()}>
            Try again
          </button>
        </div>
      )}
      <ErrorMessage text={more.error} />
      {hasMore && (
        <button
          type="button"
          className="button quiet wide"
          disabled={more.busy}
          onClick={() => void more.run()}
        >
          {more.busy ? 'Loading …' : 'Show older'}
        </button>
      )}
      {renaming && (
        <RenameDialog
          conversation={renaming}
          rename={conversations.rename}
          onClose={() => setRenaming(null)}
        />
      )}
      {deleting && (
        <DeleteDialog
          conversation={deleting}
          isOpen={deleting.id === openId}
          remove={conversations.remove}
          onClose={() => setDeleting(null)}
        />
      )}
    </nav>
  );
}
