import { useEffect } from 'react';
import { addressOf } from '../conversations/route.js';
import { ChatHeader } from './chat-header.js';
import type { ChatProps } from './new-chat.js';

export type ConversationNotFoundProps = Pick<ChatProps, 'conversations' | 'onMenu'>;

/** The conversation was deleted or is somebody else's. The server does not say which. */
export function ConversationNotFound({ conversations: { reload }, onMenu }: ConversationNotFoundProps) {
  // The list may still have it.
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
