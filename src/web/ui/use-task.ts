import { useState } from 'react';

export interface Task<A extends unknown[]> {
  readonly busy: boolean;
  /** What the last run failed with, in words for the person. */
  readonly error: string | null;
  readonly run: (...args: A) => Promise<void>;
}

/** Something that a button starts, that takes a moment, and that may fail. */
export function useTask<A extends unknown[]>(work: (...args: A) => Promise<unknown>): Task<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const run = async (...args: A) => {
    setBusy(true);
    setError(null);
    try {
      await work(...args);
    } catch (failure) {
      setError(wordsFor(failure));
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}

/** What went wrong, for the person to read. */
export function wordsFor(failure: unknown): string {
  const { problem, message } = failure as { problem?: { code: string }; message?: string };
  if (problem?.code === 'network')
    return 'The server cannot be reached. Check your connection and try again.';
  return sentence(message ?? 'something went wrong');
}

/** The server's messages begin small and end without a full stop. */
export function sentence(words: string): string {
  const whole = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
