/** The library's keys (src/client/browser-stores.ts). */
const OUTBOX = 'veda.outbox.';

/** Erases what was written and not sent. */
export function forgetOutbox(storage: Storage): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
  for (const key of keys.filter((key) => key.startsWith(OUTBOX))) storage.removeItem(key);
}

/** Calls `listener` when another tab has changed what is kept. */
export function onOtherTabs(listener: () => void): void {
  window.addEventListener('storage', listener);
}
