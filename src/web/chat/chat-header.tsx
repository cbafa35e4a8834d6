import { type ReactNode, useEffect } from 'react';
import { Icon } from '../ui/icon.js';

export interface ChatHeaderProps {
  readonly title: string;
  /** Opens the list of conversations, where that is a drawer. */
  readonly onMenu?: (() => void) | undefined;
  readonly children?: ReactNode;
}

export function ChatHeader({ title, onMenu, children }: ChatHeaderProps) {
  useEffect(() => {
    document.title = `${title} · veda`;
  }, [title]);
  return (
    <header className="chat-header">
      {onMenu && (
        <button
          type="button"
          className="icon-button"
          aria-label="Conversations"
          aria-haspopup="dialog"
          onClick={onMenu}
        >
          <Icon name="menu" />
        </button>
      )}
      <h1 title={title} dir="auto">
        {title}
      </h1>
      {children}
    </header>
  );
}
