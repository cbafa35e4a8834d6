import { enterSends } from '../ui/enter-key.js';
import { Modal } from '../ui/modal.js';
import { useMedia } from '../ui/use-media.js';
import { SEARCH_KEYS } from '../ui/use-shortcuts.js';
import './settings.css';

/** What the keyboard does here. */
export default function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  const isTouch = useMedia('(hover: none) and (pointer: coarse)');
  const sends = enterSends(isTouch);
  const shortcuts: readonly (readonly [keys: string, what: string])[] = [
    [SEARCH_KEYS, 'Search your conversations'],
    [sends ? 'Enter' : 'Ctrl Enter', 'Send the message'],
    [sends ? 'Shift Enter' : 'Enter', 'Begin a new line'],
    ['Esc', 'Stop the answer, or close what is open'],
    ['↑ ↓', 'Go through the results of a search'],
    ['?', 'Show this list, outside of a text'],
  ];
  return (
    <Modal label="Keyboard shortcuts" onClose={onClose}>
      <div className="stack">
        <h2>Keyboard shortcuts</h2>
        <dl className="shortcuts">
          {shortcuts.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <div className="buttons">
          <button type="button" className="button" autoFocus onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    </Modal>
  );
}
