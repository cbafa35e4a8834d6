import { memo } from 'react';
import type { Conversation, ViewMessage } from '../../client/api.js';
import { sentence } from '../ui/use-task.js';

export interface QuestionProps {
  readonly message: ViewMessage;
  readonly conversation: Conversation;
}

/** What the person said, or is about to say. */
export const Question = memo(function Question({ message, conversation }: QuestionProps) {
  const { id, status, content, client_message_id: key } = message;
  const refusal = message.status === 'refused' ? message.error : undefined;
  return (
    <li className="question" data-message-id={id} data-status={status}>
      <h2 className="unseen">You said</h2>
      <p className="bubble">{content}</p>
      {key !== undefined && (status === 'sending' || status === 'refused') && (
        <div className="fate">
          <span role={refusal ? 'alert' : undefined} className={refusal ? 'problem' : 'hint'}>
            {refusal ? `Not sent. ${sentence(refusal.message)}` : 'Sending …'}
          </span>
          <button type="button" className="link" onClick={() => void conversation.retry(key).catch(() => {})}>
            {refusal ? 'Try again' : 'Try now'}
          </button>
          <button type="button" className="link" onClick={() => conversation.discard(key)}>
            Discard
          </button>
        </div>
      )}
    </li>
  );
});
