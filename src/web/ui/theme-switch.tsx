import { useReducer, useSyncExternalStore } from 'react';
import { Icon } from './icon.js';
import { chooseTheme, currentTheme, onSystemTheme } from './theme.js';

export function ThemeSwitch() {
  const [, rerender] = useReducer((times: number) => times + 1, 0);
  const theme = useSyncExternalStore(onSystemTheme, currentTheme);
  const other = theme === 'dark' ? 'light' : 'dark';
  const choose = () => {
    chooseTheme(other);
    rerender();
  };
  return (
    <button
      type="button"
      className="icon-button"
      onClick={choose}
      aria-label={`Use the ${other} theme`}
      title={`Use the ${other} theme`}
    >
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
    </button>
  );
}
