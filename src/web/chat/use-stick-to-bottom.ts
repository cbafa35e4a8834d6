import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { onScrollUpIntent } from './scroll-up-intent.js';

/** A reader who scrolls down to within so many CSS pixels of the end is at the end. */
const NEAR = 40;
/** Fractions of a pixel, as they come with zoom. */
const ROUNDING = 2;

export interface StickToBottom {
  readonly isAtBottom: boolean;
  readonly toBottom: () => void;
  /** Lets go of the end, as a reader who scrolls up does. */
  readonly letGo: () => void;
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
  /** `scrollTop` when it was last looked at or set here. */
  const before = useRef(0);

  const toBottom = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    sticks.current = true;
    box.scrollTop = box.scrollHeight;
    // Set here and not by the event that follows: by then, the reader may have scrolled up from there.
    before.current = box.scrollTop;
  }, [scroller]);

  useEffect(() => {
    const box = scroller.current;
    const grown = content.current;
    if (!box || !grown) return;
    const onScroll = () => {
      const distance = box.scrollHeight - box.scrollTop - box.clientHeight;
      const moved = box.scrollTop - before.current;
      if (moved > 0 && distance < NEAR) sticks.current = true;
      // A text that became shorter also moves the reader up, but leaves them at the end.
      if (moved < 0 && distance > ROUNDING) sticks.current = false;
      before.current = box.scrollTop;
      setAtBottom(sticks.current || distance <= ROUNDING);
    };
    const sizes = new ResizeObserver(() => (sticks.current ? toBottom() : onScroll()));
    sizes.observe(grown);
    sizes.observe(box);
    box.addEventListener('scroll', onScroll, { passive: true });
    const stopListening = onScrollUpIntent(box, () => {
      sticks.current = false;
    });
    return () => {
      sizes.disconnect();
      box.removeEventListener('scroll', onScroll);
      stopListening();
    };
  }, [scroller, content, toBottom]);

  useEffect(() => {
    if (wanted) toBottom();
  }, [wanted, toBottom]);

  const letGo = useCallback(() => {
    sticks.current = false;
  }, []);

  return { isAtBottom, toBottom, letGo };
}
