const KEYS: readonly string[] = ['ArrowUp', 'PageUp', 'Home'];

/**
 * Calls `listener` when a wheel, a finger or a key begins to scroll a box upwards. A browser animates such a scroll: its
 * first frame moves by less than a pixel, and a text that grows meanwhile would undo it. Returns a function that stops it.
 */
export function onScrollUpIntent(box: HTMLElement, listener: () => void): () => void {
  const stop = new AbortController();
  const options = { passive: true, signal: stop.signal };
  // At the top, nothing can be scrolled.
  const intend = () => box.scrollTop > 0 && listener();
  let finger = 0;
  box.addEventListener('wheel', ({ deltaY, ctrlKey }) => deltaY < 0 && !ctrlKey && intend(), options);
  box.addEventListener('keydown', ({ key }) => KEYS.includes(key) && intend(), options);
  box.addEventListener('touchstart', ({ touches }) => (finger = touches[0]?.clientY ?? 0), options);
  box.addEventListener(
    'touchmove',
    ({ touches }) => (touches[0]?.clientY ?? 0) > finger && intend(),
    options,
  );
  return () => stop.abort();
}
