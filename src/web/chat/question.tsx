import { memo } from 'react';
import type { Client, Conversation, ViewMessage } from '../../client/api.js';
import { Attachments } from '../attachments/attachments.js';
import { SendStatus } from './send-status.js';
import { WANTED } from './use-wanted-message.js';

export interface QuestionProps {
  readonly client: Client;
  readonly message: ViewMessage;
  readonly conversation: Conversation;
  /** The address names it: it can have the focus. */
  readonly isWanted: boolean;
}

/** What the person wrote, exactly as they wrote it, and what they sent with it. */
export const Question = memo(function Question({ client, message, conversation, isWanted }: QuestionProps) {
  const { id, status, content } = message;
  return (
    <li className="question" data-message-id={id} data-status={status} {...(isWanted && WANTED)}>
      <h2 className="visually-hidden">You said</h2>
      <Attachments
        client={client}
        attachments={message.attachments}
        {...('files' in message && { files: message.files })}
      />
      {content !== '' && (
        <p className="bubble" dir="auto">
          {content}
        </p>
      )}
      {(message.status === 'sending' || message.status === 'refused') && (
        <SendStatus message={message} conversation={conversation} />
      )}
    </li>
  );
});
