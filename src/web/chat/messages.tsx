import { useRef } from 'react';
import type { Client, Conversation, View, ViewMessage } from '../../client/api.js';
import { PlainText } from '../markdown/markdown.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { ErrorMessage } from '../ui/error-message.js';
import { Icon } from '../ui/icon.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import { Answer } from './answer.js';
import { Question } from './question.js';
import { runningAnswer } from './running-answer.js';
import { useScrollAnchor } from './use-scroll-anchor.js';
import { useStickToBottom } from './use-stick-to-bottom.js';
import { useWantedMessage } from './use-wanted-message.js';

export interface MessagesProps {
  readonly client: Client;
  readonly conversation: Conversation;
  readonly view: View;
}

/** The messages that are loaded. Follows the text while the reader is at its end. */
export function Messages({ client, conversation, view }: MessagesProps) {
  const { messages, hasEarlier, cursor } = view;
  const scroller = useRef<HTMLElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const { isAtBottom, toBottom, letGo } = useStickToBottom(scroller, list, messages.at(-1)?.role === 'user');
  const keepAnchor = useScrollAnchor(scroller, list, messages[0]?.id);
  const earlier = useAsyncAction(() => {
    keepAnchor();
    return conversation.loadEarlier();
  });
  const wanted = useWantedMessage(list, conversation, view, letGo);
  const running = runningAnswer(messages);
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
        <ErrorMessage text={earlier.error} />
        {messages.length === 0 && (
          <p className="hint centered">{cursor === null ? 'Loading …' : 'There are no messages here yet.'}</p>
        )}
        <ol ref={list} className="messages">
          {messages.map((message, index) => (
            <ErrorBoundary key={message.id} fallback={<PlainMessage message={message} />}>
              {message.role === 'user' ? (
                <Question
                  client={client}
                  message={message}
                  conversation={conversation}
                  isWanted={message.id === wanted}
                />
              ) : (
                <Answer
                  client={client}
                  message={message}
                  conversation={conversation}
                  isLatest={message === latestAnswer}
                  isWanted={message.id === wanted}
                  again={messages[index - 1]?.role === 'assistant'}
                  isBehind={running !== undefined && message !== running}
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
