import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ConversationList, ConversationSummary } from '../../client/api.js';
import { errorText } from '../ui/error-text.js';
import { addOlderPage, type LoadedConversations, replaceFirstPage } from './loaded-conversations.js';

/** The conversations that are loaded, the one with the newest message first. */
export interface Conversations {
  readonly items: readonly ConversationSummary[];
  /** The first page has not come yet. */
  readonly loading: boolean;
  readonly hasMore: boolean;
  /** Why loading failed. `null` once a page has come. */
  readonly error: string | null;
  /** Loads the first page again. */
  readonly reload: () => Promise<void>;
  readonly loadMore: () => Promise<void>;
  readonly find: (id: string) => Promise<ConversationSummary>;
  readonly create: () => Promise<ConversationSummary>;
  readonly rename: (id: string, title: string) => Promise<void>;
  readonly pin: (id: string, pinned: boolean) => Promise<void>;
  readonly archive: (id: string, archived: boolean) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

const PAGE = 30;

/** How often a visible page looks for conversations of other devices. */
const REFRESH_MS = 15_000;

/** @param archived those that are archived, instead of those that are not */
export function useConversations(list: ConversationList, archived = false): Conversations {
  const [loaded, setLoaded] = useState<LoadedConversations | null>(null);
  const [error, setError] = useState<string | null>(null);
  const now = useRef(loaded);
  now.current = loaded;

  const load = useCallback(
    async (cursor?: string) => {
      const page = await list.list({ limit: PAGE, archived, ...(cursor !== undefined && { cursor }) });
      setLoaded((before) =>
        cursor === undefined ? replaceFirstPage(before, page) : addOlderPage(before, page),
      );
      setError(null);
    },
    [list, archived],
  );

  const reload = useCallback(async () => {
    try {
      await load();
    } catch (failure) {
      // A list that is shown stays: the notice above the composer says that the connection is lost.
      if (now.current === null) setError(errorText(failure));
    }
  }, [load]);

  useEffect(() => {
    void reload();
    const refresh = () => document.visibilityState === 'visible' && void reload();
    const timer = setInterval(refresh, REFRESH_MS);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
    };
  }, [reload]);

  const drop = useCallback((id: string) => {
    setLoaded((before) => before && { ...before, items: before.items.filter((item) => item.id !== id) });
  }, []);

  const actions = useMemo(
    () => ({
      reload,
      async loadMore() {
        if (now.current?.nextCursor) await load(now.current.nextCursor);
      },
      find: (id: string) => list.get(id),
      async create() {
        const created = await list.create();
        setLoaded((before) => before && { ...before, items: [created, ...before.items] });
        return created;
      },
      async rename(id: string, title: string) {
        const renamed = await list.rename(id, title);
        const replace = (old: ConversationSummary) => (old.id === id ? renamed : old);
        setLoaded((before) => before && { ...before, items: before.items.map(replace) });
      },
      async pin(id: string, pinned: boolean) {
        await list.pin(id, pinned);
        await reload();
      },
      async archive(id: string, archived: boolean) {
        await list.archive(id, archived);
        drop(id);
      },
      async remove(id: string) {
        await list.remove(id);
        drop(id);
      },
    }),
    [list, load, reload, drop],
  );

  return {
    ...actions,
    items: loaded?.items ?? [],
    loading: loaded === null && error === null,
    hasMore: loaded?.nextCursor != null,
    error,
  };
}
