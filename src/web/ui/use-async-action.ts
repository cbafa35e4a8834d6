import { useState } from 'react';
import { errorText } from './error-text.js';

export interface AsyncAction<A extends unknown[]> {
  readonly busy: boolean;
  /** Why the last run failed, for the person to read. */
  readonly error: string | null;
  readonly run: (...args: A) => Promise<void>;
}

/** Runs something that a button starts, that takes a moment, and that may fail. */
export function useAsyncAction<A extends unknown[]>(work: (...args: A) => Promise<unknown>): AsyncAction<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const run = async (...args: A) => {
    setBusy(true);
    setError(null);
    try {
      await work(...args);
    } catch (failure) {
      setError(errorText(failure));
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}
