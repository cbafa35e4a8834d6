import { storageOf } from '../storage.js';

export type Theme = 'light' | 'dark';
export type ThemeChoice = Theme | 'system';

const KEY = 'veda.theme';
const SYSTEM_DARK = '(prefers-color-scheme: dark)';

/** Applies the theme that was chosen in this browser. Without a choice, the system's theme applies. */
export function applyTheme(): void {
  const chosen = storageOf('localStorage').getItem(KEY);
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
}

export function chooseTheme(theme: ThemeChoice): void {
  if (theme === 'system') {
    storageOf('localStorage').removeItem(KEY);
    delete document.documentElement.dataset['theme'];
    return;
  }
  storageOf('localStorage').setItem(KEY, theme);
  document.documentElement.dataset['theme'] = theme;
}

export function chosenTheme(): ThemeChoice {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export function currentTheme(): Theme {
  const chosen = chosenTheme();
  if (chosen !== 'system') return chosen;
  return matchMedia(SYSTEM_DARK).matches ? 'dark' : 'light';
}

/** Calls `listener` when the system's theme changes. Returns a function that unsubscribes. */
export function onSystemTheme(listener: () => void): () => void {
  const query = matchMedia(SYSTEM_DARK);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}
