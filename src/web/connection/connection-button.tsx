import type { View } from '../../client/api.js';
import { STATES, TRANSPORTS } from './words.js';

export interface ConnectionButtonProps {
  readonly view: Pick<View, 'state' | 'transport'>;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** Says how the conversation is connected, and opens the panel that says more. */
export function ConnectionButton({ view: { state, transport }, isOpen, onToggle }: ConnectionButtonProps) {
  return (
    <button
      type="button"
      className="connection-button"
      data-state={state}
      data-transport={transport}
      aria-expanded={isOpen}
      aria-controls={isOpen ? 'connection' : undefined}
      onClick={onToggle}
    >
      <span className="dot" aria-hidden="true" />
      <span className="unseen">Connection: </span>
      <span>
        {STATES[state]}
        {transport && state !== 'closed' && <span className="over"> · {TRANSPORTS[transport]}</span>}
      </span>
    </button>
  );
}
