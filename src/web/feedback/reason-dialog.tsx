import type { Feedback, FeedbackReason } from '../../client/index.js';
import { ErrorMessage } from '../ui/error-message.js';
import { Form } from '../ui/form.js';
import { Modal } from '../ui/modal.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import './feedback.css';

const REASONS: readonly (readonly [FeedbackReason, string])[] = [
  ['wrong', 'Something in it is wrong'],
  ['harmful', 'It could do harm'],
  ['unclear', 'I do not understand it'],
  ['incomplete', 'Something is missing'],
  ['other', 'Something else'],
];

export interface ReasonDialogProps {
  readonly save: (feedback: Feedback) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks what was wrong with an answer. The rating itself is stored already. */
export default function ReasonDialog({ save, onClose }: ReasonDialogProps) {
  const { busy, error, run } = useAsyncAction(async (reason: string, comment: string) => {
    await save({
      rating: 'down',
      ...(reason !== '' && { reason: reason as FeedbackReason }),
      ...(comment !== '' && { comment }),
    });
    onClose();
  });
  return (
    <Modal label="What was wrong?" onClose={onClose}>
      <Form onSubmit={(fields) => void run(fields('reason'), fields('comment').trim())}>
        <h2>What was wrong?</h2>
        <fieldset className="reasons">
          <legend className="visually-hidden">Reason</legend>
          {REASONS.map(([reason, label]) => (
            <label key={reason}>
              <input type="radio" name="reason" value={reason} />
              {label}
            </label>
          ))}
        </fieldset>
        <label className="comment">
          Anything else? <span className="hint">The people who run this service read it.</span>
          <textarea name="comment" rows={3} maxLength={2000} dir="auto" />
        </label>
        <ErrorMessage text={error} />
        <div className="buttons">
          <button type="button" className="button quiet" onClick={onClose}>
            Skip
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            Send
          </button>
        </div>
      </Form>
    </Modal>
  );
}
