/** Time as the core sees it, so that a simulation can own it. */
export interface Clock {
  /** Milliseconds, monotonic; only differences mean something. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
