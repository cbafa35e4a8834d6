import type { Capabilities } from '../../client/index.js';
import type { OpenConversations } from '../conversations/open-conversations.js';
import { go } from '../conversations/route.js';
import type { Conversations } from '../conversations/use-conversations.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import { ChatHeader } from './chat-header.js';
import { Composer } from './composer.js';
import { Examples } from './examples.js';
import type { Drafts } from './use-drafts.js';

export interface ChatProps {
  readonly conversations: Conversations;
  readonly opened: OpenConversations;
  readonly drafts: Drafts;
  /** `null` until the server has said what can be sent. */
  readonly capabilities: Capabilities | null;
  readonly onMenu?: (() => void) | undefined;
}

/** The page before the first message. Sending it creates the conversation. */
export function NewChat({ conversations, opened, drafts, capabilities, onMenu }: ChatProps) {
  const files = drafts.filesOf(null);
  const { busy, error, run } = useAsyncAction(async (text: string) => {
    const { id } = await conversations.create();
    // The conversation shows whether it was sent.
    opened
      .open(id)
      .conversation.send({ text, attachments: files.take() })
      .catch(() => {});
    drafts.keep(null, '');
    go(id);
  });
  return (
    <div className="chat">
      <ChatHeader title="New conversation" onMenu={onMenu} />
      <main id="main" className="scroller" tabIndex={-1}>
        <Examples onChosen={(text) => void run(text)} disabled={busy} />
      </main>
      <Composer
        text={drafts.of(null)}
        onText={(text) => drafts.keep(null, text)}
        onSend={(text) => void run(text)}
        client={opened.client}
        capabilities={capabilities}
        files={files}
        busy={busy}
        error={error}
      />
    </div>
  );
}
