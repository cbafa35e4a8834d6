import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ConversationList, ConversationSummary } from '../../client/api.js';
import { wordsFor } from '../ui/use-task.js';

/** The conversations as far as they were loaded, newest first. */
export interface Conversations {
  readonly items: readonly ConversationSummary[];
  /** Nothing is known yet. */
  readonly loading: boolean;
  readonly hasMore: boolean;
  /** Why the last loading failed. */
  readonly error: string | null;
  readonly reload: () => Promise<void>;
  readonly loadMore: () => Promise<void>;
  readonly find: (id: string) => Promise<ConversationSummary>;
  readonly create: (title: string) => Promise<ConversationSummary>;
  readonly rename: (id: string, title: string) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

interface Loaded {
  readonly items: readonly ConversationSummary[];
  readonly nextCursor: string | null;
}

const PAGE = 30;

export function useConversations(list: ConversationList): Conversations {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<string | null>(null);
  const now = useRef(loaded);
  now.current = loaded;

  const load = useCallback(
    async (cursor?: string) => {
      try {
        const page = await list.list({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
        setLoaded((before) => (cursor === undefined ? onTop(page, before) : below(page, before)));
        setError(null);
      } catch (failure) {
        setError(wordsFor(failure));
      }
    },
    [list],
  );

  useEffect(() => {
    void load();
    // Another device may have begun a conversation in the meantime.
    const look = () => document.visibilityState === 'visible' && void load();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [load]);

  const actions = useMemo(
    () => ({
      reload: () => load(),
      async loadMore() {
        if (now.current?.nextCursor) await load(now.current.nextCursor);
      },
      find: (id: string) => list.get(id),
      async create(title: string) {
        const made = await list.create(title);
        setLoaded((before) => before && { ...before, items: [made, ...before.items] });
        return made;
      },
      async rename(id: string, title: string) {
        const renamed = await list.rename(id, title);
        const item = (old: ConversationSummary) => (old.id === id ? renamed : old);
        setLoaded((before) => before && { ...before, items: before.items.map(item) });
      },
      async remove(id: string) {
        await list.remove(id);
        setLoaded((before) => before && { ...before, items: before.items.filter((item) => item.id !== id) });
      },
    }),
    [list, load],
  );

  return {
    ...actions,
    items: loaded?.items ?? [],
    loading: loaded === null && error === null,
    hasMore: loaded?.nextCursor != null,
    error,
  };
}

/** The first page anew, over what was loaded after it. Ids sort by age. */
function onTop(page: Loaded, before: Loaded | null): Loaded {
  const last = page.items.at(-1);
  if (page.nextCursor === null || !before || !last) return page;
  const older = before.items.filter(({ id }) => id < last.id);
  return {
    items: [...page.items, ...older],
    nextCursor: older.length > 0 ? before.nextCursor : page.nextCursor,
  };
}

function below(page: Loaded, before: Loaded | null): Loaded {
  const known = new Set(before?.items.map(({ id }) => id));
  const items = [...(before?.items ?? []), ...page.items.filter(({ id }) => !known.has(id))];
  return { items, nextCursor: page.nextCursor };
}
