/** Time as a port, so that tests and the simulation control it. */
export interface Clock {
  /** Monotonic milliseconds. The origin is arbitrary: use differences only. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
