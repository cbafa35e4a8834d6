import type { ConversationSummary } from '../../client/api.js';
import { ErrorMessage } from '../ui/error-message.js';
import { Modal } from '../ui/modal.js';
import { Time } from '../ui/time.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import { go } from './route.js';
import { titleOf } from './title.js';

export interface DeleteDialogProps {
  readonly conversation: ConversationSummary;
  /** Whether this conversation is the one that is shown. */
  readonly isOpen: boolean;
  readonly remove: (id: string) => Promise<void>;
  /** Absent for one that is archived. */
  readonly archive: ((id: string) => Promise<void>) | undefined;
  readonly onClose: () => void;
}

export function DeleteDialog({ conversation, isOpen, remove, archive, onClose }: DeleteDialogProps) {
  const title = titleOf(conversation);
  const { busy, error, run } = useAsyncAction(async (act: (id: string) => Promise<void>) => {
    await act(conversation.id);
    if (isOpen) go(null);
    onClose();
  });
  return (
    <Modal label={`Delete “${title}”?`} onClose={onClose}>
      <div className="stack">
        <h2>
          Delete “<bdi>{title}</bdi>”?
        </h2>
        <p>
          Last changed: <Time at={conversation.updatedAt} />. All its messages are erased for good. An answer
          that is being written is stopped.
        </p>
        <ErrorMessage text={error} />
        <div className="buttons">
          <button type="button" className="button quiet" autoFocus onClick={onClose}>
            Keep it
          </button>
          {archive && (
            <button type="button" className="button" disabled={busy} onClick={() => void run(archive)}>
              Archive instead
            </button>
          )}
          <button type="button" className="button danger" disabled={busy} onClick={() => void run(remove)}>
            Delete
          </button>
        </div>
      </div>
    </Modal>
  );
}
