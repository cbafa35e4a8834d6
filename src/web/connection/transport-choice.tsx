import { useState } from 'react';
import type { TransportName } from '../../client/api.js';
import type { Journal } from './journal.js';
import { TRANSPORTS } from './words.js';

const CHOICES: readonly (readonly [TransportName | 'auto', string])[] = [
  ['auto', 'Automatic'],
  ['socketio', TRANSPORTS.socketio],
  ['websocket', TRANSPORTS.websocket],
  ['sse', TRANSPORTS.sse],
  ['polling', 'Polling'],
];

export function TransportChoice({ journal }: { readonly journal: Journal }) {
  const [chosen, setChosen] = useState<TransportName | 'auto'>(journal.chosen);
  return (
    <fieldset className="choice">
      <legend>Use</legend>
      {CHOICES.map(([name, label]) => (
        <label key={name}>
          <input
            type="radio"
            name="transport"
            value={name}
            checked={chosen === name}
            onChange={() => {
              setChosen(name);
              journal.use(name);
            }}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
