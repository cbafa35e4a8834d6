import type { ConversationSummary } from '../../client/api.js';
import { Icon } from '../ui/icon.js';
import { addressOf } from './route.js';
import { titleOf } from './title.js';

export interface ConversationRowProps {
  readonly conversation: ConversationSummary;
  readonly isOpen: boolean;
  readonly onChosen?: (() => void) | undefined;
  readonly onPin: (conversation: ConversationSummary) => void;
  readonly onRename: (conversation: ConversationSummary) => void;
  /** Puts an archived one back. */
  readonly onRestore: (conversation: ConversationSummary) => void;
  readonly onDelete: (conversation: ConversationSummary) => void;
}

export function ConversationRow({
  conversation,
  isOpen,
  onChosen,
  onPin,
  onRename,
  onRestore,
  onDelete,
}: ConversationRowProps) {
  const title = titleOf(conversation);
  return (
    <li className="row" data-conversation-id={conversation.id}>
      <a
        href={addressOf(conversation.id)}
        aria-current={isOpen ? 'page' : undefined}
        onClick={onChosen}
        title={title}
        dir="auto"
      >
        {title}
      </a>
      {conversation.archived ? (
        <button
          type="button"
          className="icon-button small"
          aria-label={`Put back “${title}”`}
          title="Put back into the list"
          onClick={() => onRestore(conversation)}
        >
          <Icon name="archive" />
        </button>
      ) : (
        <button
          type="button"
          className="icon-button small pin"
          aria-label={`Pin “${title}”`}
          aria-pressed={conversation.pinned === true}
          title={conversation.pinned ? 'Pinned: keep it at the top no longer' : 'Keep it at the top'}
          onClick={() => onPin(conversation)}
        >
          <Icon name="pin" />
        </button>
      )}
      <button
        type="button"
        className="icon-button small"
        aria-label={`Rename “${title}”`}
        title="Rename"
        onClick={() => onRename(conversation)}
      >
        <Icon name="pencil" />
      </button>
      <button
        type="button"
        className="icon-button small"
        aria-label={`Delete “${title}”`}
        title="Delete"
        onClick={() => onDelete(conversation)}
      >
        <Icon name="trash" />
      </button>
    </li>
  );
}
