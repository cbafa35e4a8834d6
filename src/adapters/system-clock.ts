import type { Clock } from '../kernel/clock.js';

/** Node fires longer timers at once: a sleep until next year would spin. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The real clock. */
export class SystemClock implements Clock {
  now(): number {
    return performance.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(ms, LONGEST_TIMER_MS));
      signal?.addEventListener('abort', wake);
    });
  }
}
