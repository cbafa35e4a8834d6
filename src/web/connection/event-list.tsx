import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { EventLog } from './event-log.js';

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 1,
});

/** What happened to the connection. The newest event is last, and the list scrolls to it. */
export function EventList({ eventLog }: { readonly eventLog: EventLog }) {
  const entries = useSyncExternalStore(eventLog.subscribe, () => eventLog.entries);
  const { frames, characters } = useSyncExternalStore(eventLog.subscribe, () => eventLog.counts);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (entries.length > 0) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [entries]);
  return (
    <section className="eventLog" aria-labelledby="eventLog-heading">
      <h3 id="eventLog-heading">What happened</h3>
      <p className="hint">
        {frames} frames, {characters} characters of text received
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <ol ref={list} tabIndex={0} aria-labelledby="eventLog-heading">
        {entries.map(({ number, at, kind, words }) => (
          <li key={number} data-kind={kind}>
            <time dateTime={new Date(at).toISOString()}>{CLOCK.format(at)}</time> {words}
          </li>
        ))}
      </ol>
    </section>
  );
}
