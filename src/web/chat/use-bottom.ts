import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** How far from the end still counts as there, in CSS pixels. */
const NEAR = 40;

export interface Bottom {
  readonly isAtBottom: boolean;
  readonly toBottom: () => void;
}

/** Stays at the end of what grows, for as long as the reader is there. @param wanted somebody has just said something */
export function useBottom(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  wanted: boolean,
): Bottom {
  const [isAtBottom, setAtBottom] = useState(true);
  const follows = useRef(true);

  const toBottom = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    follows.current = true;
    box.scrollTop = box.scrollHeight;
  }, [scroller]);

  useEffect(() => {
    const box = scroller.current;
    const grown = content.current;
    if (!box || !grown) return;
    let before = 0;
    const look = () => {
      const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
      // What came since then is not followed yet, and does not mean that the reader has left.
      if (isNear || box.scrollTop < before) follows.current = isNear;
      before = box.scrollTop;
      setAtBottom(follows.current);
    };
    const sizes = new ResizeObserver(() => (follows.current ? toBottom() : look()));
    sizes.observe(grown);
    sizes.observe(box);
    box.addEventListener('scroll', look, { passive: true });
    return () => {
      sizes.disconnect();
      box.removeEventListener('scroll', look);
    };
  }, [scroller, content, toBottom]);

  useEffect(() => {
    if (wanted) toBottom();
  }, [wanted, toBottom]);

  return { isAtBottom, toBottom };
}
