import type { Conversation, ViewMessage } from '../../client/api.js';
import { errorText } from '../ui/error-text.js';
import { Icon } from '../ui/icon.js';
import { useAsyncAction } from '../ui/use-async-action.js';

export interface AnswerStatusProps {
  readonly message: ViewMessage;
  readonly conversation: Conversation;
  /** Another answer of this conversation runs or waits before it. */
  readonly isBehind: boolean;
}

/** How an answer stands, when its text does not show it. */
export function AnswerStatus({ message, conversation, isBehind }: AnswerStatusProps) {
  const { status, stopping } = message;
  const retry = useAsyncAction(() => conversation.regenerate(message.id));
  if (stopping) return <Waiting text="Stopping …" />;
  if (status === 'queued' || status === 'streaming') {
    const text = progressText(message, isBehind);
    return text === null ? null : <Waiting text={text} />;
  }
  if (status === 'stopped') return <p className="hint">You stopped this answer.</p>;
  if (status !== 'failed' && status !== 'incomplete') return null;
  const reason = message.error ? errorText(message.error) : '';
  return (
    <div className="failure">
      <Icon name="warning" />
      <p>
        <strong>{status === 'failed' ? 'There is no answer.' : 'The answer stops here.'}</strong> {reason}{' '}
        {retry.error}
      </p>
      <button type="button" className="button" disabled={retry.busy} onClick={() => void retry.run()}>
        <Icon name="refresh" /> Try again
      </button>
    </div>
  );
}

/** @returns `null` while the text itself shows that the answer is being written */
function progressText(message: ViewMessage, isBehind: boolean): string | null {
  if (message.content !== '') return null;
  const progress = 'progress' in message ? message.progress : undefined;
  if (message.status === 'streaming' || progress?.kind === 'thinking') return 'Thinking …';
  if (progress?.kind === 'waiting' && progress.ahead > 0) {
    return `Waiting for its turn: ${progress.ahead === 1 ? 'one answer is' : `${progress.ahead} answers are`} before it …`;
  }
  // The server has said nothing, or that nothing is before it.
  return isBehind ? 'Waiting for its turn …' : 'One moment …';
}

function Waiting({ text }: { readonly text: string }) {
  return (
    <p className="waiting">
      <span className="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {text}
    </p>
  );
}
