import { useReducer } from 'react';
import type { CurrentUser } from '../auth/current-user.js';
import { chooseEnterKey, currentEnterKey, type EnterKey } from '../ui/enter-key.js';
import { Modal } from '../ui/modal.js';
import { chooseTextSize, currentTextSize, type TextSize } from '../ui/text-size.js';
import { chooseTheme, chosenTheme, type ThemeChoice } from '../ui/theme.js';
import { AccountSettings } from './account-settings.js';
import { Choice } from './choice.js';
import { Sessions } from './sessions.js';
import './settings.css';

const THEMES: readonly (readonly [ThemeChoice, string])[] = [
  ['system', 'As the device'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];
const SIZES: readonly (readonly [TextSize, string])[] = [
  ['normal', 'Normal'],
  ['large', 'Large'],
  ['larger', 'Larger'],
  ['largest', 'Largest'],
];
const KEYS: readonly (readonly [EnterKey, string])[] = [
  ['auto', 'Sends with a keyboard, begins a new line on a touch screen'],
  ['send', 'Sends; Shift+Enter begins a new line'],
  ['newline', 'Begins a new line; Ctrl+Enter sends'],
];

export interface SettingsDialogProps {
  readonly user: CurrentUser;
  readonly onShortcuts: () => void;
  readonly onClose: () => void;
}

/** What a person can set: for this browser at once, for the account on the server. */
export default function SettingsDialog({ user, onShortcuts, onClose }: SettingsDialogProps) {
  const [, rerender] = useReducer((times: number) => times + 1, 0);
  const choosing =
    <Value,>(choose: (value: Value) => void) =>
    (value: Value) => {
      choose(value);
      rerender();
    };
  return (
    <Modal label="Settings" className="settings" onClose={onClose}>
      <div className="settings-frame">
        <div className="settings-head">
          <h2>Settings</h2>
          <button type="button" className="button quiet" autoFocus onClick={onClose}>
            Close
          </button>
        </div>
        <Choice
          legend="Text size"
          name="text-size"
          value={currentTextSize()}
          options={SIZES}
          onChoose={choosing(chooseTextSize)}
        />
        <Choice
          legend="Theme"
          name="theme"
          value={chosenTheme()}
          options={THEMES}
          onChoose={choosing(chooseTheme)}
        />
        <Choice
          legend="The Enter key"
          name="enter"
          value={currentEnterKey()}
          options={KEYS}
          onChoose={choosing(chooseEnterKey)}
        />
        <button type="button" className="button" onClick={onShortcuts}>
          Keyboard shortcuts
        </button>
        <Sessions account={user.client.account} />
        <AccountSettings user={user} />
      </div>
    </Modal>
  );
}
