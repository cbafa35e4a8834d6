import { storageOf } from '../storage.js';

export type Theme = 'light' | 'dark';

const KEY = 'veda.theme';
const SYSTEM_DARK = '(prefers-color-scheme: dark)';

/** Applies the theme that was chosen in this browser. Without a choice, the system's theme applies. */
export function applyTheme(): void {
  const chosen = storageOf('localStorage').getItem(KEY);
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
}

export function chooseTheme(theme: Theme): void {
  storageOf('localStorage').setItem(KEY, theme);
  document.documentElement.dataset['theme'] = theme;
}

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia(SYSTEM_DARK).matches ? 'dark' : 'light';
}

/** Calls `listener` when the system's theme changes. Returns a function that unsubscribes. */
export function onSystemTheme(listener: () => void): () => void {
  const query = matchMedia(SYSTEM_DARK);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}
