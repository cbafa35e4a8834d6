import type { ConversationSummary } from '../../client/api.js';
import { Modal } from '../ui/modal.js';
import { Problem } from '../ui/problem.js';
import { useTask } from '../ui/use-task.js';
import { go } from './route.js';
import { titleOf } from './title.js';

export interface DeleteDialogProps {
  readonly conversation: ConversationSummary;
  /** Whether it is the one that is shown. */
  readonly isOpen: boolean;
  readonly remove: (id: string) => Promise<void>;
  readonly onClose: () => void;
}

export function DeleteDialog({ conversation, isOpen, remove, onClose }: DeleteDialogProps) {
  const { busy, error, run } = useTask(async () => {
    await remove(conversation.id);
    if (isOpen) go(null);
    onClose();
  });
  return (
    <Modal label="Delete the conversation" onClose={onClose}>
      <div className="stack">
        <h2>Delete the conversation?</h2>
        <p>
          “{titleOf(conversation)}” and everything in it will be erased, for good. An answer that is being
          written is stopped.
        </p>
        <Problem words={error} />
        <div className="buttons">
          <button type="button" className="button quiet" autoFocus onClick={onClose}>
            Keep it
          </button>
          <button type="button" className="button danger" disabled={busy} onClick={() => void run()}>
            Delete
          </button>
        </div>
      </div>
    </Modal>
  );
}
