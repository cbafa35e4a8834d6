import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** A reader who scrolls down to within so many CSS pixels of the end is at the end. */
const NEAR = 40;
/** Fractions of a pixel, as they come with zoom. */
const ROUNDING = 2;

export interface StickToBottom {
  readonly isAtBottom: boolean;
  readonly toBottom: () => void;
}

/**
 * Keeps the end of a growing text in sight while the reader is there. Any scroll upwards lets go of the end, even by a few
 * pixels: the reader wants to read. Scrolling down to the end takes hold of it again.
 * @param wanted the person has just sent something: the end is shown whatever they were reading
 */
export function useStickToBottom(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  wanted: boolean,
): StickToBottom {
  const [isAtBottom, setAtBottom] = useState(true);
  const sticks = useRef(true);

  const toBottom = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    sticks.current = true;
    box.scrollTop = box.scrollHeight;
  }, [scroller]);

  useEffect(() => {
    const box = scroller.current;
    const grown = content.current;
    if (!box || !grown) return;
    let before = box.scrollTop;
    const onScroll = () => {
      const distance = box.scrollHeight - box.scrollTop - box.clientHeight;
      // A text that became shorter moves the reader up, and leaves them at the end.
      if (box.scrollTop < before && distance > ROUNDING) sticks.current = false;
      if (box.scrollTop >= before && distance < NEAR) sticks.current = true;
      before = box.scrollTop;
      setAtBottom(sticks.current || distance <= ROUNDING);
    };
    const sizes = new ResizeObserver(() => (sticks.current ? toBottom() : onScroll()));
    sizes.observe(grown);
    sizes.observe(box);
    box.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      sizes.disconnect();
      box.removeEventListener('scroll', onScroll);
    };
  }, [scroller, content, toBottom]);

  useEffect(() => {
    if (wanted) toBottom();
  }, [wanted, toBottom]);

  return { isAtBottom, toBottom };
}
