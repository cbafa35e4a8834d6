import { type KeyboardEvent, useState } from 'react';
import type { Client, SearchHit } from '../../client/index.js';
import { dateGroups } from '../conversations/date-groups.js';
import { addressOf } from '../conversations/route.js';
import { titleOf } from '../conversations/title.js';
import { isComposing } from '../ui/is-composing.js';
import { Modal } from '../ui/modal.js';
import { Time } from '../ui/time.js';
import { Marked } from './marked.js';
import { type FoundMessages, useSearch } from './use-search.js';
import './search.css';

export interface SearchDialogProps {
  readonly client: Client;
  readonly onClose: () => void;
}

/** Finds messages by their words, the newest first. A result leads to its message. */
export default function SearchDialog({ client, onClose }: SearchDialogProps) {
  const [words, setWords] = useState('');
  const search = useSearch(client, words);
  return (
    <Modal label="Search your conversations" className="search" onClose={onClose}>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- the arrow keys move between what has the focus anyway */}
      <div className="search-frame" onKeyDown={moveWithArrows}>
        <div className="search-field">
          <input
            type="text"
            enterKeyHint="search"
            aria-label="Search your conversations"
            placeholder="Search your conversations"
            dir="auto"
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
            autoFocus
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
          <button type="button" className="button quiet" onClick={onClose}>
            Close
          </button>
        </div>
        <p role="status" className={search.items.length > 0 ? 'visually-hidden' : 'hint'}>
          {statusOf(search)}
        </p>
        {search.error !== null && (
          <p role="alert" className="problem">
            {search.error}
          </p>
        )}
        <div className="results">
          {dateGroups(search.items, ({ createdAt }) => createdAt, new Date()).map(({ label, items }) => (
            <div key={label}>
              <p className="date-group" aria-hidden="true">
                {label}
              </p>
              <ul aria-label={label}>
                {items.map((hit) => (
                  <Result key={hit.messageId ?? hit.conversation.id} hit={hit} onChosen={onClose} />
                ))}
              </ul>
            </div>
          ))}
          {search.hasMore && !search.busy && (
            <button type="button" className="button quiet wide" onClick={search.more}>
              Show more
            </button>
          )}
        </div>
      </div>
    </Modal>
  );
}

function Result({ hit, onChosen }: { readonly hit: SearchHit; readonly onChosen: () => void }) {
  const { conversation, messageId, role, createdAt, excerpt } = hit;
  return (
    <li>
      <a className="result" href={addressOf(conversation.id, messageId)} onClick={onChosen}>
        <span className="result-title" dir="auto">
          {messageId === null ? <Marked excerpt={excerpt} /> : titleOf(conversation)}
        </span>
        {messageId !== null && (
          <span className="result-text" dir="auto">
            <Marked excerpt={excerpt} />
          </span>
        )}
        <span className="result-from">
          {role !== null && `${role === 'user' ? 'You' : 'veda'}, `}
          <Time at={createdAt} />
        </span>
      </a>
    </li>
  );
}

function statusOf({ busy, items, hasMore, searched, error }: FoundMessages): string {
  if (error !== null) return '';
  if (!searched) return busy ? 'Searching …' : 'Words of a message or a title.';
  if (items.length === 0) return busy ? 'Searching …' : 'Nothing was found.';
  return `${items.length}${hasMore ? ' or more' : ''} ${items.length === 1 && !hasMore ? 'result' : 'results'}`;
}

/** The arrow keys go from the field through the results; Enter follows the one that has the focus, as with any link. */
function moveWithArrows(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || isComposing(event.nativeEvent)) return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, .result')];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  stops[Math.max(0, Math.min(stops.length - 1, at + step))]?.focus();
  event.preventDefault();
}
