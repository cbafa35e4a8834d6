import { useState } from 'react';
import type { TransportName } from '../../client/api.js';
import type { EventLog } from './event-log.js';
import { TRANSPORTS } from './labels.js';

const CHOICES: readonly (readonly [TransportName | 'auto', string])[] = [
  ['auto', 'Automatic'],
  ['socketio', TRANSPORTS.socketio],
  ['websocket', TRANSPORTS.websocket],
  ['sse', TRANSPORTS.sse],
  ['polling', 'Polling'],
];

export function TransportChoice({ eventLog }: { readonly eventLog: EventLog }) {
  const [chosen, setChosen] = useState<TransportName | 'auto'>(eventLog.chosen);
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
              eventLog.use(name);
            }}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
