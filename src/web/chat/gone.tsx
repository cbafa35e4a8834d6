import { addressOf } from '../conversations/route.js';
import { ChatHeader } from './chat-header.js';

/** Deleted, or never this person's: the server does not tell which. */
export function Gone({ onMenu }: { readonly onMenu?: (() => void) | undefined }) {
  return (
    <div className="chat">
      <ChatHeader title="Not found" onMenu={onMenu} />
      <main className="scroller">
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
