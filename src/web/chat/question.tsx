import { memo } from 'react';
import type { Conversation, ViewMessage } from '../../client/api.js';
import { SendStatus } from './send-status.js';

export interface QuestionProps {
  readonly message: ViewMessage;
  readonly conversation: Conversation;
}

/** What the person wrote, exactly as they wrote it. */
export const Question = memo(function Question({ message, conversation }: QuestionProps) {
  const { id, status, content } = message;
  return (
    <li className="question" data-message-id={id} data-status={status}>
      <h2 className="visually-hidden">You said</h2>
      <p className="bubble" dir="auto">
        {content}
      </p>
      {(message.status === 'sending' || message.status === 'refused') && (
        <SendStatus message={message} conversation={conversation} />
      )}
    </li>
  );
});
