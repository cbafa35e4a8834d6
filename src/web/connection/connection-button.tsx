import type { View } from '../../client/api.js';
import { STATES_IN_SHORT } from './labels.js';

export interface ConnectionButtonProps {
  readonly view: Pick<View, 'state' | 'transport'>;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** Says whether the conversation is connected. Opens the panel with the details. */
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
      <span className="visually-hidden">Connection: </span>
      <span>{STATES_IN_SHORT[state]}</span>
    </button>
  );
}
