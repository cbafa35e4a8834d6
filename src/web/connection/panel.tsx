import { useEffect, useRef } from 'react';
import type { Conversation, View } from '../../client/api.js';
import { Icon } from '../ui/icon.js';
import { Countdown } from './countdown.js';
import type { Journal } from './journal.js';
import { JournalList } from './journal-list.js';
import { TransportChoice } from './transport-choice.js';
import { STATES, TRANSPORTS } from './words.js';

export interface ConnectionPanelProps {
  readonly conversation: Conversation;
  readonly view: View;
  readonly journal: Journal;
  readonly onClose: () => void;
}

/** Shows a conversation's connection, and lets one break it to see it mend. */
export function ConnectionPanel({ conversation, view, journal, onClose }: ConnectionPanelProps) {
  const { state, transport, cursor, retryAt } = view;
  const isConnected = state === 'live' || state === 'catching-up';
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside
      id="connection"
      className="panel"
      aria-labelledby="connection-heading"
      data-state={state}
      data-transport={transport}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // In here it closes the panel; elsewhere it stops the answer.
        event.stopPropagation();
        onClose();
      }}
    >
      <header>
        <h2 id="connection-heading" ref={heading} tabIndex={-1}>
          Connection
        </h2>
        <button
          type="button"
          className="icon-button"
          aria-label="Close the connection panel"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <dl>
        <dt>State</dt>
        <dd>
          <span className="dot" aria-hidden="true" /> {STATES[state]}
          {retryAt !== null && <Countdown to={retryAt} />}
        </dd>
        <dt>Transport</dt>
        <dd>{transport ? TRANSPORTS[transport] : 'none'}</dd>
        <dt>Position</dt>
        <dd>
          <code>{cursor ?? '–'}</code>
        </dd>
      </dl>
      <TransportChoice journal={journal} />
      <button
        type="button"
        className="button danger wide"
        // Not `disabled`: that would take the focus away from who has just pressed it.
        aria-disabled={!isConnected}
        onClick={() => isConnected && journal.cut()}
      >
        <Icon name="cut" /> Cut the connection
      </button>
      <p className="hint">
        Breaks it off as a lost network would. Try it in the middle of an answer: the text goes on where it
        ended.
      </p>
      {state === 'offline' && (
        <button type="button" className="button wide" onClick={() => conversation.wake()}>
          Connect now
        </button>
      )}
      <JournalList journal={journal} />
    </aside>
  );
}
