import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.js';

export interface Pacing {
  /** 0 is as fast as it goes. */
  readonly tokensPerSecond: number;
  /** From the request to the first token. */
  readonly firstTokenMs: number;
}

/** How many tokens may follow one another without letting others run. */
const BURST = 32;

/** A word of any script with the space before it, a run of signs, or white space; long runs are cut. */
const TOKEN = / ?[\p{L}\p{M}\p{N}]{1,12}| ?[^\s\p{L}\p{M}\p{N}]{1,12}|\s{1,12}/gu;

/** Cuts `text` into pieces about the size of a model's tokens. Joined, they are `text`. */
export function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/**
 * Gives out `tokens` at the pace of a model. Every token has its own moment, counted from the beginning, so the
 * rate does not drift; what is late comes at once.
 * @throws the signal's reason when it aborts.
 */
export async function* pace(
  tokens: Iterable<string>,
  { tokensPerSecond, firstTokenMs }: Pacing,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const start = clock.now() + firstTokenMs;
  const gap = tokensPerSecond > 0 ? 1000 / tokensPerSecond : 0;
  let due = start;
  let count = 0;
  for (const token of tokens) {
    const early = due - clock.now();
    if (early > 0) await clock.sleep(early, signal);
    else if (count % BURST === 0) await setImmediate();
    signal.throwIfAborted();
    yield token;
    count += 1;
    due = start + count * gap;
  }
}
