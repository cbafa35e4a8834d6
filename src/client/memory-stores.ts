import type { OutboxEntry, OutboxStore, SessionStore, StoredSession } from './api.js';

/** An outbox in memory: a reload loses it. */
export function memoryOutbox(): OutboxStore {
  const entries = new Map<string, OutboxEntry>();
  const key = (conversationId: string, clientMessageId: string): string =>
    `${conversationId} ${clientMessageId}`;
  return {
    async load(conversationId) {
      return [...entries.values()].filter((entry) => entry.conversationId === conversationId);
    },
    async put(entry) {
      entries.set(key(entry.conversationId, entry.clientMessageId), entry);
    },
    async remove(conversationId, clientMessageId) {
      entries.delete(key(conversationId, clientMessageId));
    },
  };
}

/** A session in memory: a reload loses it. */
export function memorySession(): SessionStore {
  let session: StoredSession | null = null;
  const exclusively = serialQueue();
  return {
    async load() {
      return session;
    },
    async save(saved) {
      session = saved;
    },
    exclusively,
  };
}

/** Runs one piece of work after the other. */
export function serialQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}
