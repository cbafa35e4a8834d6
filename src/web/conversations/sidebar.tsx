import type { Visitor } from '../access/visitor.js';
import icon from '../icon.svg';
import { Icon } from '../ui/icon.js';
import { ThemeSwitch } from '../ui/theme-switch.js';
import { useTask } from '../ui/use-task.js';
import { ConversationList } from './list.js';
import { addressOf } from './route.js';
import type { Conversations } from './use-conversations.js';

export interface SidebarProps {
  readonly visitor: Visitor;
  readonly conversations: Conversations;
  readonly openId: string | null;
  /** Where it is a drawer: somebody chose where to go, or to stay. */
  readonly onClose?: () => void;
}

/** Beside the conversation, or over it as a drawer. */
export function Sidebar({ visitor, conversations, openId, onClose }: SidebarProps) {
  const { busy, run } = useTask(() => visitor.signOut());
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
      <ConversationList conversations={conversations} openId={openId} onChosen={onClose} />
      <div className="account">
        <span className="account-name" title={visitor.name}>
          {visitor.name}
        </span>
        <ThemeSwitch />
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
