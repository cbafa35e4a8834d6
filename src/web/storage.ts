/** The library's keys, and its database of files (src/client/browser-stores.ts). */
const OUTBOX = 'veda.outbox.';
const FILES = 'veda.files';

/** The browser's storage. Where the browser denies it, one that lasts as long as this page. */
export function storageOf(name: 'localStorage' | 'sessionStorage'): Storage {
  try {
    return window[name];
  } catch {
    return new PageStorage();
  }
}

/** Erases messages that were not sent, and their files. */
export function forgetOutbox(storage: Storage): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
  for (const key of keys.filter((key) => key.startsWith(OUTBOX))) storage.removeItem(key);
  try {
    indexedDB.deleteDatabase(FILES);
  } catch {
    // A browser that denies the database has kept no files in it.
  }
}

/** Calls `listener` when another tab has changed the storage. */
export function onOtherTabs(listener: () => void): void {
  window.addEventListener('storage', listener);
}

class PageStorage implements Storage {
  readonly #items = new Map<string, string>();

  get length(): number {
    return this.#items.size;
  }

  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }

  removeItem(key: string): void {
    this.#items.delete(key);
  }

  clear(): void {
    this.#items.clear();
  }
}
