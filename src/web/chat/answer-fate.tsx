import type { Conversation, ViewMessage } from '../../client/api.js';
import { Icon } from '../ui/icon.js';
import { sentence, useTask } from '../ui/use-task.js';

export interface AnswerFateProps {
  readonly message: ViewMessage;
  readonly conversation: Conversation;
}

/** How an answer stands when its text does not say so itself. */
export function AnswerFate({ message, conversation }: AnswerFateProps) {
  const { status, stopping, content } = message;
  const retry = useTask(() => conversation.regenerate(message.id));
  if (stopping) return <Waiting words="Stopping …" />;
  if (status === 'queued') return <Waiting words="Waiting for its turn …" />;
  if (status === 'streaming') return content === '' ? <Waiting words="Thinking …" /> : null;
  if (status === 'stopped') return <p className="hint">You stopped this answer.</p>;
  if (status !== 'failed' && status !== 'incomplete') return null;
  const reason = message.error ? sentence(message.error.message) : '';
  return (
    <div className="failure">
      <Icon name="warning" />
      <p>
        <strong>{status === 'failed' ? 'There is no answer.' : 'The answer broke off here.'}</strong> {reason}{' '}
        {retry.error}
      </p>
      <button type="button" className="button" disabled={retry.busy} onClick={() => void retry.run()}>
        <Icon name="refresh" /> Try again
      </button>
    </div>
  );
}

function Waiting({ words }: { readonly words: string }) {
  return (
    <p className="waiting">
      <span className="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {words}
    </p>
  );
}
