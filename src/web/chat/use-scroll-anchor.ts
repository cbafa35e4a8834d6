import { type RefObject, useCallback, useLayoutEffect, useRef } from 'react';

/**
 * Keeps the first message where it is on the screen when earlier messages appear above it. Returns a function to call
 * before those are loaded.
 * @param firstId id of the first message that is shown
 */
export function useScrollAnchor(
  scroller: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
  firstId: string | undefined,
): () => void {
  const anchor = useRef<Element | null>(null);
  const top = useRef(0);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (firstId === undefined || !box || !anchor.current?.isConnected) return;
    box.scrollTop += anchor.current.getBoundingClientRect().top - top.current;
    anchor.current = null;
  }, [scroller, firstId]);
  return useCallback(() => {
    anchor.current = list.current?.firstElementChild ?? null;
    top.current = anchor.current?.getBoundingClientRect().top ?? 0;
  }, [list]);
}
