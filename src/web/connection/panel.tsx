import { useEffect, useRef } from 'react';
import type { Conversation, View } from '../../client/api.js';
import { Icon } from '../ui/icon.js';
import { isComposing } from '../ui/is-composing.js';
import { Countdown } from './countdown.js';
import { EventList } from './event-list.js';
import type { EventLog } from './event-log.js';
import { STATES, TRANSPORTS } from './labels.js';
import { TransportChoice } from './transport-choice.js';

export interface ConnectionPanelProps {
  readonly conversation: Conversation;
  readonly view: View;
  readonly eventLog: EventLog;
  readonly onClose: () => void;
}

/** The details of a conversation's connection. A person can break it here and see how it recovers. */
export function ConnectionPanel({ conversation, view, eventLog, onClose }: ConnectionPanelProps) {
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
        if (event.key !== 'Escape' || isComposing(event.nativeEvent)) return;
        // Escape closes the panel here. Elsewhere it stops the answer.
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
      <TransportChoice eventLog={eventLog} />
      <button
        type="button"
        className="button danger wide"
        // Not `disabled`: a disabled button loses the focus when it has just been pressed.
        aria-disabled={!isConnected}
        onClick={() => isConnected && eventLog.cut()}
      >
        <Icon name="cut" /> Cut the connection
      </button>
      <p className="hint">
        Breaks the connection as a lost network would. Try it in the middle of an answer: the text goes on
        where it stopped.
      </p>
      {state === 'offline' && (
        <button type="button" className="button wide" onClick={() => conversation.wake()}>
          Connect now
        </button>
      )}
      <EventList eventLog={eventLog} />
    </aside>
  );
}
