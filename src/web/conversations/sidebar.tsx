import { useState } from 'react';
import type { CurrentUser } from '../auth/current-user.js';
import icon from '../icon.svg';
import { Icon } from '../ui/icon.js';
import { ThemeSwitch } from '../ui/theme-switch.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import { SEARCH_KEYS } from '../ui/use-shortcuts.js';
import { ArchivedList } from './archived-list.js';
import { ConversationList } from './list.js';
import { addressOf } from './route.js';
import type { Conversations } from './use-conversations.js';

export interface SidebarProps {
  readonly user: CurrentUser;
  readonly conversations: Conversations;
  readonly openId: string | null;
  readonly onSearch: () => void;
  readonly onSettings: () => void;
  /** Where the list is a drawer: the person chose a conversation, or closed the drawer. */
  readonly onClose?: () => void;
}

/** The list of conversations and the account, beside the conversation or over it as a drawer. */
export function Sidebar({ user, conversations, openId, onSearch, onSettings, onClose }: SidebarProps) {
  const [archived, setArchived] = useState(false);
  const { busy, run } = useAsyncAction(() => user.signOut());
  return (
    <div className="sidebar">
      <div className="brand">
        <img src={icon} alt="" width="28" height="28" />
        <span>veda</span>
        {onClose && (
          <button type="button" className="icon-button" aria-label="Close the list" onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <a
        className="button new"
        href={addressOf(null)}
        onClick={onClose}
        aria-current={openId === null ? 'page' : undefined}
      >
        <Icon name="plus" /> New conversation
      </a>
      <button
        type="button"
        className="button search-button"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={onSearch}
      >
        <Icon name="search" /> Search <kbd aria-hidden="true">{SEARCH_KEYS}</kbd>
      </button>
      {archived ? (
        <ArchivedList
          client={user.client}
          openId={openId}
          onChosen={onClose}
          onRestored={() => void conversations.reload()}
        />
      ) : (
        <ConversationList
          conversations={conversations}
          label="Conversations"
          none="Your conversations will be listed here."
          openId={openId}
          onChosen={onClose}
        />
      )}
      <button type="button" className="button quiet archived-button" onClick={() => setArchived(!archived)}>
        <Icon name="archive" /> {archived ? 'Back to all conversations' : 'Archived'}
      </button>
      <div className="account">
        <span className="account-name" title={user.name}>
          {user.name}
        </span>
        <ThemeSwitch />
        <button
          type="button"
          className="icon-button"
          aria-label="Settings"
          title="Settings"
          onClick={onSettings}
        >
          <Icon name="settings" />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Sign out"
          title="Sign out"
          disabled={busy}
          onClick={() => void run()}
        >
          <Icon name="signOut" />
        </button>
      </div>
    </div>
  );
}
