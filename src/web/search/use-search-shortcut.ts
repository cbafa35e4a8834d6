import { useEffect } from 'react';

const IS_MAC = /mac|iphone|ipad/i.test(navigator.platform);

/** How the shortcut is called on this machine. On a Mac, Ctrl+K deletes to the end of the line. */
export const SEARCH_KEYS = IS_MAC ? '⌘K' : 'Ctrl K';

/** Calls `open` on Ctrl+K, on a Mac Cmd+K. Dialogs keep their keys to themselves. */
export function useSearchShortcut(open: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { ctrlKey, metaKey, altKey, shiftKey, key } = event;
      if (!(IS_MAC ? metaKey && !ctrlKey : ctrlKey && !metaKey) || altKey || shiftKey) return;
      if (key.toLowerCase() !== 'k') return;
      event.preventDefault();
      open();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [open]);
}
