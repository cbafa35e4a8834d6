import type { Conversation, ConversationSummary, ViewMessage } from '../../client/api.js';
import { titleOf } from '../conversations/title.js';
import { ErrorMessage } from '../ui/error-message.js';
import { Modal } from '../ui/modal.js';
import { saveFile } from '../ui/save-file.js';
import { useAsyncAction } from '../ui/use-async-action.js';

export interface ConversationDialogProps {
  readonly conversation: Conversation;
  readonly summary: ConversationSummary | null;
  readonly onClose: () => void;
}

/** Takes the whole conversation out of the page: on paper, or as a file. */
export default function ConversationDialog({ conversation, summary, onClose }: ConversationDialogProps) {
  const title = summary ? titleOf(summary) : 'Conversation';
  const { busy, error, run } = useAsyncAction(async (take: (messages: readonly ViewMessage[]) => void) => {
    while (conversation.view.hasEarlier) await conversation.loadEarlier();
    take(conversation.view.messages);
  });
  const print = () => {
    onClose();
    // After the dialog has gone from the page.
    requestAnimationFrame(() => requestAnimationFrame(() => window.print()));
  };
  return (
    <Modal label="Print or save the conversation" onClose={onClose}>
      <div className="stack">
        <h2>Print or save the conversation</h2>
        <p className="hint">
          All its messages, also those that are not shown yet. Your file stays on this device.
        </p>
        <button type="button" className="button" autoFocus disabled={busy} onClick={() => void run(print)}>
          Print, or save as PDF
        </button>
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() =>
            void run((messages) =>
              saveFile(`${title}.md`, new Blob([markdownOf(title, messages)], { type: 'text/markdown' })),
            )
          }
        >
          Save as text (Markdown)
        </button>
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() =>
            void run((messages) =>
              saveFile(
                `${title}.json`,
                new Blob([JSON.stringify({ ...summary, messages }, null, 2)], { type: 'application/json' }),
              ),
            )
          }
        >
          Save as data (JSON)
        </button>
        <p role="status" className="hint">
          {busy ? 'Loading the messages …' : ''}
        </p>
        <ErrorMessage text={error} />
        <div className="buttons">
          <button type="button" className="button quiet" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    </Modal>
  );
}

/** Each message under a heading that says who wrote it and when. */
function markdownOf(title: string, messages: readonly ViewMessage[]): string {
  const parts = messages.map(({ role, createdAt, content }) => {
    const who = role === 'user' ? 'You' : 'veda (AI)';
    return `## ${who}, ${new Date(createdAt).toLocaleString()}\n\n${content}\n`;
  });
  return [`# ${title}\n`, ...parts].join('\n');
}
