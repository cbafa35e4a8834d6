import { memo, useMemo } from 'react';
import type { Client, Conversation, ViewMessage } from '../../client/api.js';
import icon from '../icon.svg';
import { withoutDisclaimer } from '../markdown/disclaimer.js';
import { Markdown } from '../markdown/markdown.js';
import { ReadAloud } from '../reading/read-aloud.js';
import { AnswerActions } from './answer-actions.js';
import { AnswerStatus } from './answer-status.js';
import { DangerAlert } from './danger-alert.js';
import { ownDisclaimers } from './own-disclaimers.js';
import { isRunning } from './running-answer.js';
import { SourceList, showSource } from './source-list.js';
import { WANTED } from './use-wanted-message.js';

export interface AnswerProps {
  readonly message: ViewMessage;
  readonly client: Client;
  readonly conversation: Conversation;
  readonly isLatest: boolean;
  /** The address names it: it can have the focus. */
  readonly isWanted: boolean;
  /** It is another answer to the same question. */
  readonly again: boolean;
  /** Another answer of this conversation runs or waits before it. */
  readonly isBehind: boolean;
}

/** What the model has written so far, and how the answer stands. Rendered again only when this message changes. */
export const Answer = memo(function Answer({
  message,
  client,
  conversation,
  isLatest,
  isWanted,
  again,
  isBehind,
}: AnswerProps) {
  const { id, status, content } = message;
  const { text, disclaimer } = withoutDisclaimer(content, ownDisclaimers(document));
  const growing = isRunning(message);
  const sources = 'sources' in message ? message.sources : undefined;
  const citations = useMemo(
    () => (sources ? { messageId: id, count: sources.length, show: showSource } : undefined),
    [sources, id],
  );
  return (
    <li
      className="answer"
      data-message-id={id}
      data-status={message.stopping ? 'stopping' : status}
      aria-busy={growing}
      {...(isWanted && WANTED)}
    >
      <h2>
        <img src={icon} alt="" width="20" height="20" />
        veda{again && ', once more'}
      </h2>
      {'alert' in message && message.alert && <DangerAlert alert={message.alert} isLatest={isLatest} />}
      {text !== '' && <Markdown text={text} growing={growing} citations={citations} />}
      <AnswerStatus message={message} conversation={conversation} isBehind={isBehind} />
      {sources && text !== '' && <SourceList messageId={id} sources={sources} />}
      {disclaimer !== null && (
        <p className="disclaimer" dir="auto">
          {disclaimer.replaceAll('**', '')}
        </p>
      )}
      {content !== '' && (
        <div className="actions">
          {text !== '' && <ReadAloud text={text} growing={growing} />}
          {!growing && (
            <AnswerActions
              message={message}
              client={client}
              conversation={conversation}
              canRegenerate={isLatest && status !== 'incomplete'}
            />
          )}
        </div>
      )}
    </li>
  );
});
