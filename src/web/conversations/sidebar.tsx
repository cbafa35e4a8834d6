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
  /** Somebody chose where to go. */
  readonly onChosen?: () => void;
}

/** Beside the conversation, or over it as a drawer. */
export function Sidebar({ visitor, conversations, openId, onChosen }: SidebarProps) {
  const { busy, run } = useTask(() => visitor.signOut());
  return (
    <div className="sidebar">
      <div className="brand">
        <img src={icon} alt="" width="28" height="28" />
        veda
      </div>
      <a
        className="button new"
        href={addressOf(null)}
        onClick={onChosen}
        aria-current={openId === null ? 'page' : undefined}
      >
        <Icon name="plus" /> New conversation
      </a>
      <ConversationList conversations={conversations} openId={openId} onChosen={onChosen} />
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
