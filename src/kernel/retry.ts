import type { Clock } from './clock.js';

/** Longest wait between two tries, in ms. */
const RETRY_MS = 2000;

/** Does what must not be left undone, again and again for as long as it fails. */
export async function retry<T>(clock: Clock, act: () => Promise<T>): Promise<T> {
  for (let wait = 50; ; wait = Math.min(wait * 2, RETRY_MS)) {
    try {
      return await act();
    } catch {
      await clock.sleep(wait);
    }
  }
}
