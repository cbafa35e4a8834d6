import { useState } from 'react';
import type { ConversationSummary } from '../../client/api.js';
import { ErrorMessage } from '../ui/error-message.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import { type DateGroup, dateGroups } from './date-groups.js';
import { DeleteDialog } from './delete-dialog.js';
import { RenameDialog } from './rename-dialog.js';
import { ConversationRow } from './row.js';
import type { Conversations } from './use-conversations.js';

export interface ConversationListProps {
  readonly conversations: Conversations;
  readonly label: string;
  /** What is said when there are none. */
  readonly none: string;
  /** Called after a conversation was put back into the list. */
  readonly onRestored?: () => void;
  readonly openId: string | null;
  readonly onChosen?: (() => void) | undefined;
}

/** The conversations: the pinned ones, then the one with the newest message first, grouped by the day of that message. */
export function ConversationList({
  conversations,
  label,
  none,
  openId,
  onChosen,
  onRestored,
}: ConversationListProps) {
  const [renaming, setRenaming] = useState<ConversationSummary | null>(null);
  const [deleting, setDeleting] = useState<ConversationSummary | null>(null);
  const more = useAsyncAction(conversations.loadMore);
  const change = useAsyncAction((act: () => Promise<void>) => act());
  const onPin = ({ id, pinned }: ConversationSummary) =>
    void change.run(() => conversations.pin(id, pinned !== true));
  const onRestore = ({ id }: ConversationSummary) =>
    void change.run(async () => {
      await conversations.archive(id, false);
      onRestored?.();
    });
  const { items, loading, hasMore, error } = conversations;
  return (
    <nav className="conversations" aria-label={label}>
      {groupsOf(items).map(({ label, items }) => (
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
                onPin={onPin}
                onRename={setRenaming}
                onRestore={onRestore}
                onDelete={setDeleting}
              />
            ))}
          </ul>
        </div>
      ))}
      {items.length === 0 && !error && <p className="hint">{loading ? 'Loading …' : none}</p>}
      {error && (
        <div role="alert" className="problem">
          <p>{error}</p>
          <button type="button" className="link" onClick={() => void conversations.reload()}>
            Try again
          </button>
        </div>
      )}
      <ErrorMessage text={change.error ?? more.error} />
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
          archive={deleting.archived ? undefined : (id) => conversations.archive(id, true)}
          onClose={() => setDeleting(null)}
        />
      )}
    </nav>
  );
}

function groupsOf(items: readonly ConversationSummary[]): readonly DateGroup<ConversationSummary>[] {
  const pinned = items.filter((item) => item.pinned);
  const others = items.filter((item) => !item.pinned);
  const groups = dateGroups(others, ({ updatedAt }) => updatedAt, new Date());
  return pinned.length === 0 ? groups : [{ label: 'Pinned', items: pinned }, ...groups];
}
