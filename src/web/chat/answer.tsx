import { memo } from 'react';
import type { Conversation, ViewMessage } from '../../client/api.js';
import icon from '../icon.svg';
import { withoutDisclaimer } from '../markdown/disclaimer.js';
import { Markdown } from '../markdown/markdown.js';
import { AnswerActions } from './answer-actions.js';
import { AnswerFate } from './answer-fate.js';
import { isRunning } from './running-answer.js';

export interface AnswerProps {
  readonly message: ViewMessage;
  readonly conversation: Conversation;
  readonly isLatest: boolean;
  /** It comes after another answer, to the same question or to an earlier one. */
  readonly again: boolean;
}

/** What the model said so far, and how that stands. Rendered again only when this very message has changed. */
export const Answer = memo(function Answer({ message, conversation, isLatest, again }: AnswerProps) {
  const { id, status, content } = message;
  const { text, disclaimer } = withoutDisclaimer(content);
  const growing = isRunning(message);
  return (
    <li
      className="answer"
      data-message-id={id}
      data-status={message.stopping ? 'stopping' : status}
      aria-busy={growing}
    >
      <h2>
        <img src={icon} alt="" width="20" height="20" />
        veda{again && ', once more'}
      </h2>
      {text !== '' && <Markdown text={text} growing={growing} />}
      <AnswerFate message={message} conversation={conversation} />
      {disclaimer !== null && <p className="disclaimer">{disclaimer.replaceAll('**', '')}</p>}
      {!growing && content !== '' && (
        <AnswerActions
          message={message}
          conversation={conversation}
          canRegenerate={isLatest && status !== 'incomplete'}
        />
      )}
    </li>
  );
});
