import type { ConversationSummary } from '../../client/api.js';
import { ErrorMessage } from '../ui/error-message.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Modal } from '../ui/modal.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import { titleOf } from './title.js';

export interface RenameDialogProps {
  readonly conversation: ConversationSummary;
  readonly rename: (id: string, title: string) => Promise<void>;
  readonly onClose: () => void;
}

export function RenameDialog({ conversation, rename, onClose }: RenameDialogProps) {
  const { busy, error, run } = useAsyncAction(async (title: string) => {
    if (title !== '') await rename(conversation.id, title);
    onClose();
  });
  return (
    <Modal label="Rename the conversation" onClose={onClose}>
      <Form onSubmit={(fields) => void run(fields('title').trim())}>
        <h2>Rename the conversation</h2>
        <Field
          label="Title"
          name="title"
          defaultValue={titleOf(conversation)}
          dir="auto"
          autoComplete="off"
          autoFocus
          onFocus={(event) => event.currentTarget.select()}
        />
        <ErrorMessage text={error} />
        <div className="buttons">
          <button type="button" className="button quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            Rename
          </button>
        </div>
      </Form>
    </Modal>
  );
}
