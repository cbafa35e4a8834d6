import type { OutboxEntry, OutboxStore, SessionStore, StoredSession } from './api.js';
import { oneAtATime } from './memory-stores.js';

/** The part of a browser that keeps things. */
export interface BrowserStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
}

interface BrowserLike {
  readonly localStorage?: BrowserStorage;
  readonly navigator?: { readonly locks?: Locks };
}

/** By default; two sites of one origin want two. */
const PREFIX = 'veda';

/** Messages that wait, kept in `localStorage`: sent on after a reload. @throws when the page may keep nothing */
export function browserOutbox(prefix = PREFIX, storage = ownStorage()): OutboxStore {
  const keyOf = (conversationId: string): string => `${prefix}.outbox.${conversationId}`;
  const load = (conversationId: string): OutboxEntry[] =>
    (read(storage, keyOf(conversationId)) as OutboxEntry[] | null) ?? [];

  // Read and written in one go, so that two tabs do not overwrite each other.
  function change(conversationId: string, by: (entries: OutboxEntry[]) => OutboxEntry[]): void {
    const entries = by(load(conversationId));
    if (entries.length > 0) storage.setItem(keyOf(conversationId), JSON.stringify(entries));
    else storage.removeItem(keyOf(conversationId));
  }

  const without = (entries: OutboxEntry[], clientMessageId: string): OutboxEntry[] =>
    entries.filter((entry) => entry.clientMessageId !== clientMessageId);

  return {
    load: async (conversationId) => load(conversationId),
    async put(entry) {
      change(entry.conversationId, (entries) => [...without(entries, entry.clientMessageId), entry]);
    },
    async remove(conversationId, clientMessageId) {
      change(conversationId, (entries) => without(entries, clientMessageId));
    },
  };
}

/** A session kept in `localStorage`, one for all tabs. @throws when the page may keep nothing */
export function browserSession(prefix = PREFIX, storage = ownStorage()): SessionStore {
  const key = `${prefix}.session`;
  const inThisTab = oneAtATime();
  return {
    load: async () => read(storage, key) as StoredSession | null,
    async save(session) {
      if (session) storage.setItem(key, JSON.stringify(session));
      else storage.removeItem(key);
    },
    exclusively(work) {
      const locks = (globalThis as BrowserLike).navigator?.locks;
      // Without locks two tabs may refresh at once; the server gives both the same tokens (docs/protocol.md).
      return locks ? locks.request(key, work) : inThisTab(work);
    },
  };
}

function ownStorage(): BrowserStorage {
  const storage = (globalThis as BrowserLike).localStorage;
  if (!storage) throw new Error('there is no localStorage here');
  return storage;
}

/** What is kept, or null; what is no JSON was kept by somebody else. */
function read(storage: BrowserStorage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
