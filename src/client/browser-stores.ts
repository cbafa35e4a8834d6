import type { OutboxEntry, OutboxStore, SessionStore, StoredSession } from './api.js';
import { serialQueue } from './memory-stores.js';

/** The part of `localStorage` that the stores use. */
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

/** Two sites of one origin need a prefix each. */
const PREFIX = 'veda';

/**
 * Keeps unsent messages in `localStorage` and their files in IndexedDB: they are sent after a reload.
 * @throws when the page has no `localStorage`
 */
export function browserOutbox(prefix = PREFIX, storage = ownStorage()): OutboxStore {
  const keyOf = (conversationId: string): string => `${prefix}.outbox.${conversationId}`;
  const load = (conversationId: string): OutboxEntry[] =>
    (read(storage, keyOf(conversationId)) as OutboxEntry[] | null) ?? [];

  // Reads and writes without an await between, so that two tabs do not overwrite each other.
  function change(conversationId: string, by: (entries: OutboxEntry[]) => OutboxEntry[]): void {
    const entries = by(load(conversationId));
    if (entries.length > 0) storage.setItem(keyOf(conversationId), JSON.stringify(entries));
    else storage.removeItem(keyOf(conversationId));
  }

  const without = (entries: OutboxEntry[], clientMessageId: string): OutboxEntry[] =>
    entries.filter((entry) => entry.clientMessageId !== clientMessageId);

  async function replace(
    conversationId: string,
    clientMessageId: string,
    entry?: OutboxEntry,
  ): Promise<void> {
    const before = load(conversationId).find((other) => other.clientMessageId === clientMessageId);
    // The text first: without its file a message can still be shown.
    change(conversationId, (entries) => [...without(entries, clientMessageId), ...(entry ? [entry] : [])]);
    if ([before, entry].some(hasFile))
      await (await import('./file-store.js')).write(prefix, clientMessageId, entry);
  }

  return {
    async load(conversationId) {
      const entries = load(conversationId);
      if (!entries.some(hasFile)) return entries;
      const { restored } = await import('./file-store.js');
      return Promise.all(entries.map((entry) => restored(prefix, entry)));
    },
    put: (entry) => replace(entry.conversationId, entry.clientMessageId, entry),
    remove: replace,
  };
}

/** Whether a file belongs to it. In JSON a `Blob` becomes `{}`. */
function hasFile(entry: OutboxEntry | undefined): boolean {
  const { files, attachments = [] } = entry ?? {};
  return (
    files !== undefined ||
    attachments.some((attachment) => typeof attachment === 'object' && !('id' in attachment))
  );
}

/** Keeps a session in `localStorage`, one for all tabs. @throws when the page has no `localStorage` */
export function browserSession(prefix = PREFIX, storage = ownStorage()): SessionStore {
  const key = `${prefix}.session`;
  const inThisTab = serialQueue();
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
  if (!storage) throw new Error('this page has no localStorage');
  return storage;
}

/** The stored value, or null. What is not JSON was stored by another program. */
function read(storage: BrowserStorage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
