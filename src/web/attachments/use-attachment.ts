import { type RefObject, useEffect, useState } from 'react';
import type { Client } from '../../client/index.js';
import { errorText } from '../ui/error-text.js';

export interface LoadedAttachment {
  readonly blob: Blob | null;
  /** Why it could not be loaded, for the person to read. */
  readonly problem: string | null;
  readonly retry: () => void;
}

/** Loads an attachment when its place comes near the part of the page that is seen. */
export function useAttachment(
  client: Client,
  id: string,
  place: RefObject<Element | null>,
): LoadedAttachment {
  const [blob, setBlob] = useState<Blob | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const shown = place.current;
    if (!shown) return;
    const over = new AbortController();
    const load = () =>
      void client.download(id, { signal: over.signal }).then(setBlob, (error: unknown) => {
        if (!over.signal.aborted) setProblem(errorText(error));
      });
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        load();
      },
      { rootMargin: '100%' },
    );
    observer.observe(shown);
    return () => {
      observer.disconnect();
      over.abort();
    };
  }, [client, id, place, tries]);
  const retry = () => {
    setProblem(null);
    setTries((before) => before + 1);
  };
  return { blob, problem, retry };
}
