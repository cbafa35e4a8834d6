import { useEffect } from 'react';

const IS_MAC = /mac|iphone|ipad/i.test(navigator.platform);

/** How the keys of the search are called on this machine. On a Mac, Ctrl+K deletes to the end of the line. */
export const SEARCH_KEYS = IS_MAC ? '⌘ K' : 'Ctrl K';

/** Calls `onSearch` on Ctrl+K (on a Mac Cmd+K) and `onHelp` on `?` outside of a text. Dialogs keep their keys to themselves. */
export function useShortcuts(onSearch: () => void, onHelp: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const action = isSearch(event) ? onSearch : isHelp(event) ? onHelp : undefined;
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [onSearch, onHelp]);
}

function isSearch({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return (
    key.toLowerCase() === 'k' && (IS_MAC ? metaKey && !ctrlKey : ctrlKey && !metaKey) && !altKey && !shiftKey
  );
}

function isHelp({ key, ctrlKey, metaKey, target }: KeyboardEvent): boolean {
  const writes = target instanceof HTMLElement && target.matches('input, textarea, [contenteditable]');
  return key === '?' && !ctrlKey && !metaKey && !writes;
}
