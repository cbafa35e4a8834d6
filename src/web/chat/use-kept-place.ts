import { type RefObject, useCallback, useLayoutEffect, useRef } from 'react';

/**
 * Keeps what is read in its place when messages come before it. Returns what to call before they are asked for.
 * @param firstId of the first message that is shown
 */
export function useKeptPlace(
  scroller: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
  firstId: string | undefined,
): () => void {
  const kept = useRef<Element | null>(null);
  const top = useRef(0);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (firstId === undefined || !box || !kept.current?.isConnected) return;
    box.scrollTop += kept.current.getBoundingClientRect().top - top.current;
    kept.current = null;
  }, [scroller, firstId]);
  return useCallback(() => {
    kept.current = list.current?.firstElementChild ?? null;
    top.current = kept.current?.getBoundingClientRect().top ?? 0;
  }, [list]);
}
