import type { OutboxEntry } from './api.js';

/** The part of IndexedDB that is used here, since the library needs no DOM types. */
interface Factory {
  open(name: string): Request<Database>;
}

interface Listened<T extends string> {
  readonly error: unknown;
  addEventListener(type: T, listener: () => void): void;
}

interface Request<T> extends Listened<'success' | 'error' | 'upgradeneeded'> {
  readonly result: T;
}

interface Database {
  createObjectStore(name: string): void;
  transaction(store: string, mode: 'readonly' | 'readwrite'): Transaction;
  close(): void;
}

interface Transaction extends Listened<'complete' | 'abort'> {
  objectStore(name: string): Store;
}

interface Store {
  get(key: string): Request<Blob | undefined>;
  put(file: Blob, key: string): void;
  delete(keys: unknown): void;
}

const STORE = 'files';

/** Keeps the files of this unsent message, and none that it had before. Without an entry: no file. */
export async function write(prefix: string, clientMessageId: string, entry?: OutboxEntry): Promise<void> {
  await inTransaction(prefix, 'readwrite', (store) => {
    store.delete(keysOf(clientMessageId));
    for (const [index, attachment] of entry?.attachments.entries() ?? []) {
      const file = entry?.files?.[index] ?? attachment;
      if (file instanceof Blob) store.put(file, keyOf(clientMessageId, index));
    }
  });
}

/** The message with its files again. One that is not there stays as it is, `{}`. */
export async function restored(prefix: string, entry: OutboxEntry): Promise<OutboxEntry> {
  const found = new Map<number, Request<Blob | undefined>>();
  try {
    await inTransaction(prefix, 'readonly', (store) => {
      for (const index of entry.attachments.keys()) {
        found.set(index, store.get(keyOf(entry.clientMessageId, index)));
      }
    });
  } catch {
    // A browser may deny the database, in a private window for instance; the message is then refused with `file_lost`.
    return entry;
  }
  const files: Record<number, Blob> = {};
  const attachments = entry.attachments.map((attachment, index) => {
    const file = found.get(index)?.result;
    if (!file) return attachment;
    if (!entry.files?.[index]) return file;
    files[index] = file;
    return attachment;
  });
  return { ...entry, attachments, ...(entry.files && { files }) };
}

function keyOf(clientMessageId: string, index: number): string {
  return `${clientMessageId}/${index}`;
}

/** Every key of a message: `/` is followed by `0` among the characters. */
function keysOf(clientMessageId: string): unknown {
  const { IDBKeyRange } = globalThis as unknown as {
    readonly IDBKeyRange: { bound(from: string, to: string): unknown };
  };
  return IDBKeyRange.bound(`${clientMessageId}/`, `${clientMessageId}0`);
}

/** Resolves when the changes are on the disk. */
async function inTransaction(
  prefix: string,
  mode: 'readonly' | 'readwrite',
  work: (store: Store) => void,
): Promise<void> {
  const database = await open(`${prefix}.files`);
  try {
    await new Promise<void>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error));
      work(transaction.objectStore(STORE));
    });
  } finally {
    // Open, it would keep the page from deleting it when the user signs out.
    database.close();
  }
}

function open(name: string): Promise<Database> {
  const { indexedDB } = globalThis as unknown as { readonly indexedDB: Factory };
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE));
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}
