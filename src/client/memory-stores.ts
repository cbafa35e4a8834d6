import type { OutboxEntry, OutboxStore, SessionStore, StoredSession } from './api.js';

/** What waits does not outlive the page. */
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

/** A session that does not outlive the page. */
export function memorySession(): SessionStore {
  let session: StoredSession | null = null;
  const exclusively = oneAtATime();
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

/** Runs what it is given one after the other. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}
