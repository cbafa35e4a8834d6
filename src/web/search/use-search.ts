import { useEffect, useState } from 'react';
import type { Client, SearchHit } from '../../client/index.js';
import { errorText } from '../ui/error-text.js';

export interface FoundMessages {
  readonly items: readonly SearchHit[];
  readonly busy: boolean;
  /** Whether the items are those of the words that were given. */
  readonly searched: boolean;
  readonly hasMore: boolean;
  readonly error: string | null;
  readonly more: () => void;
}

interface Found {
  readonly words: string;
  readonly items: readonly SearchHit[];
  readonly nextCursor: string | null;
}

/** How long the person must not have typed, in ms. */
const PAUSE_MS = 200;

/** Results that are shown before the person must ask for more. */
const ENOUGH = 10;
/** Requests for them: a page may come without items where the server has to decrypt what it searches. */
const MOST_REQUESTS = 10;

/** Searches for the words as they are typed. */
export function useSearch(client: Client, typed: string): FoundMessages {
  const words = typed.trim();
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  /** Counts the times that more was asked for. */
  const [asked, setAsked] = useState(0);

  // oxlint-disable-next-line react-hooks/exhaustive-deps -- `found` is what this effect sets; only words and requests for more begin a search
  useEffect(() => {
    setError(null);
    setBusy(false);
    if (!/[\p{L}\p{N}]/u.test(words)) return setFound(null);
    const over = new AbortController();
    const { signal } = over;
    const goesOn = found?.words === words && found.nextCursor !== null;
    const search = async (): Promise<void> => {
      let now: Found = goesOn ? found : { words, items: [], nextCursor: null };
      const enough = now.items.length + ENOUGH;
      try {
        for (let request = 0; request < MOST_REQUESTS; request++) {
          const cursor = now.nextCursor;
          const page = await client.search(words, { signal, ...(cursor !== null && { cursor }) });
          if (signal.aborted) return;
          now = { words, items: [...now.items, ...page.items], nextCursor: page.nextCursor };
          setFound(now);
          if (now.nextCursor === null || now.items.length >= enough) break;
        }
      } catch (failure) {
        if (!signal.aborted) setError(errorText(failure));
      } finally {
        if (!signal.aborted) setBusy(false);
      }
    };
    setBusy(true);
    const timer = setTimeout(() => void search(), goesOn ? 0 : PAUSE_MS);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [client, words, asked]);

  const searched = found?.words === words;
  return {
    // What was found before stays until there is something else to show.
    items: found?.items ?? [],
    busy,
    searched,
    hasMore: searched && found.nextCursor !== null,
    error,
    more: () => setAsked((count) => count + 1),
  };
}
