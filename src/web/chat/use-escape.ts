import { useEffect, useRef } from 'react';
import { isComposing } from '../ui/is-composing.js';

/** Calls `action` on Escape. Dialogs and panels keep the Escape that closes them to themselves. */
export function useEscape(action: (() => void) | undefined): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !isComposing(event)) latest.current?.();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
