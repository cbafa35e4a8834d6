import { useRef } from 'react';
import type { Conversation, View, ViewMessage } from '../../client/api.js';
import { PlainText } from '../markdown/markdown.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { Icon } from '../ui/icon.js';
import { Problem } from '../ui/problem.js';
import { useTask } from '../ui/use-task.js';
import { Answer } from './answer.js';
import { Question } from './question.js';
import { useBottom } from './use-bottom.js';
import { useKeptPlace } from './use-kept-place.js';

export interface MessagesProps {
  readonly conversation: Conversation;
  readonly view: View;
}

/** All that was said, as far as it was loaded; follows the text while the reader is at its end. */
export function Messages({ conversation, view: { messages, hasEarlier, cursor } }: MessagesProps) {
  const scroller = useRef<HTMLElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const { isAtBottom, toBottom } = useBottom(scroller, list, messages.at(-1)?.role === 'user');
  const keepPlace = useKeptPlace(scroller, list, messages[0]?.id);
  const earlier = useTask(() => {
    keepPlace();
    return conversation.loadEarlier();
  });
  const latestAnswer = messages.findLast(({ role }) => role === 'assistant');
  return (
    <div className="messages-frame">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <main id="main" ref={scroller} className="scroller" tabIndex={0} aria-label="Messages">
        {hasEarlier && (
          <button
            type="button"
            className="button quiet earlier"
            disabled={earlier.busy}
            onClick={() => void earlier.run()}
          >
            {earlier.busy ? 'Loading …' : 'Show earlier messages'}
          </button>
        )}
        <Problem words={earlier.error} />
        {messages.length === 0 && (
          <p className="hint centered">{cursor === null ? 'Loading …' : 'Nothing was said here yet.'}</p>
        )}
        <ol ref={list} className="messages">
          {messages.map((message, index) => (
            <ErrorBoundary key={message.id} fallback={<PlainMessage message={message} />}>
              {message.role === 'user' ? (
                <Question message={message} conversation={conversation} />
              ) : (
                <Answer
                  message={message}
                  conversation={conversation}
                  isLatest={message === latestAnswer}
                  again={messages[index - 1]?.role === 'assistant'}
                />
              )}
            </ErrorBoundary>
          ))}
        </ol>
      </main>
      {!isAtBottom && (
        <button type="button" className="jump" onClick={toBottom}>
          <Icon name="arrowDown" /> Jump to latest
        </button>
      )}
    </div>
  );
}

/** A message that cannot be shown as it should: its text is, and the others are not affected. */
function PlainMessage({ message: { id, role, status, content } }: { readonly message: ViewMessage }) {
  return (
    <li className={role === 'user' ? 'question' : 'answer'} data-message-id={id} data-status={status}>
      <PlainText text={content} />
    </li>
  );
}
