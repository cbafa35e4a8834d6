import { useEffect, useRef, useState } from 'react';

/**
 * Calls `onFiles` with files that are dropped anywhere on the page. Returns whether files are held over it now. Without a
 * function the page takes none, and leaves it to the browser.
 */
export function useDroppedFiles(onFiles: ((files: readonly File[]) => void) | undefined): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onFiles);
  useEffect(() => {
    latest.current = onFiles;
  });
  const isOn = onFiles !== undefined;
  useEffect(() => {
    if (!isOn) return;
    const stop = new AbortController();
    const options = { signal: stop.signal };
    const onDrag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      // Says that files may be dropped; otherwise the browser would open them in place of the page.
      event.preventDefault();
      setOver(event.type !== 'drop');
    };
    window.addEventListener('dragover', onDrag, options);
    window.addEventListener(
      'drop',
      (event) => {
        onDrag(event);
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length > 0) latest.current?.(files);
      },
      options,
    );
    // Without a related element the pointer has left the window.
    window.addEventListener('dragleave', ({ relatedTarget }) => !relatedTarget && setOver(false), options);
    return () => {
      stop.abort();
      setOver(false);
    };
  }, [isOn]);
  return isOver;
}
