import { useEffect } from 'react';
import { addressOf } from '../conversations/route.js';
import { ChatHeader } from './chat-header.js';
import type { ChatProps } from './new-chat.js';

export type GoneProps = Pick<ChatProps, 'conversations' | 'onMenu'>;

/** Deleted, or never this person's: the server does not tell which. */
export function Gone({ conversations: { reload }, onMenu }: GoneProps) {
  // The list does not know of it yet.
  useEffect(() => void reload(), [reload]);
  return (
    <div className="chat">
      <ChatHeader title="Not found" onMenu={onMenu} />
      <main id="main" className="scroller" tabIndex={-1}>
        <section className="examples">
          <h2>This conversation is not there.</h2>
          <p>It may have been deleted, perhaps on another device.</p>
          <a className="button primary" href={addressOf(null)}>
            Begin a new one
          </a>
        </section>
      </main>
    </div>
  );
}
