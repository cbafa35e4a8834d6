/** What `promise` gives. @throws the signal's reason as soon as it aborts; the promise is not cancelled. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([promise, rejectedOnAbort(signal)]);
}

/** Rejects with the signal's reason when it aborts. It may be raced against many times. */
export function rejectedOnAbort(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // It also rejects when nobody races against it any more.
  aborted.catch(() => {});
  return aborted;
}
