import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { Journal } from './journal.js';

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 1,
});

/** What happened, the newest last and in sight. */
export function JournalList({ journal }: { readonly journal: Journal }) {
  const entries = useSyncExternalStore(journal.subscribe, () => journal.entries);
  const { frames, characters } = useSyncExternalStore(journal.subscribe, () => journal.counts);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (entries.length > 0) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [entries]);
  return (
    <section className="journal" aria-labelledby="journal-heading">
      <h3 id="journal-heading">What happened</h3>
      <p className="hint">
        {frames} frames, {characters} characters of text received
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <ol ref={list} tabIndex={0} aria-labelledby="journal-heading">
        {entries.map(({ number, at, kind, words }) => (
          <li key={number} data-kind={kind}>
            <time dateTime={new Date(at).toISOString()}>{CLOCK.format(at)}</time> {words}
          </li>
        ))}
      </ol>
    </section>
  );
}
