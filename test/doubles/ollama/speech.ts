import type { Script } from './script.js';
import { stamp } from './stamp.js';
import type { Ticker } from './ticker.js';

/** One token, thought or said. */
export interface Part {
  readonly kind: 'thinking' | 'content';
  readonly text: string;
}

const DEFAULT_TEXT =
  'Drink water, rest, and watch how you feel. 💧 If it does not get better within three days, see a doctor.';
const DEFAULT_THINKING = 'They want something simple and safe. I will keep it short.';

/**
 * The tokens of an answer. A model that is given the answer's beginning goes on from there: with the rest, when
 * the beginning is what it would have said.
 */
export function partsOf(script: Script, beginning: string, think: unknown, request: number): Part[] {
  const thoughts = think === false ? undefined : (script.thinking ?? (think ? DEFAULT_THINKING : undefined));
  return [
    ...cut(thoughts ?? '').map((text): Part => ({ kind: 'thinking', text })),
    ...restOf(script, beginning, request).map((text): Part => ({ kind: 'content', text })),
  ];
}

/** Gives out `parts` at the script's pace; everything that is late comes at once. */
export async function* speak(
  parts: readonly Part[],
  { tokensPerSecond = 0, firstTokenMs = 0, stamped = false }: Script,
  ticker: Ticker,
  signal: AbortSignal,
): AsyncGenerator<Part> {
  const start = performance.now() + firstTokenMs;
  const gap = tokensPerSecond > 0 ? 1000 / tokensPerSecond : 0;
  for (const [index, part] of parts.entries()) {
    const due = start + index * gap;
    if (due > performance.now()) await ticker.until(due, signal);
    signal.throwIfAborted();
    yield stamped ? { ...part, text: stamp() } : part;
  }
}

function restOf(script: Script, beginning: string, request: number): readonly string[] {
  const said = saidBy(script);
  if (!script.varied) return after(beginning, said);
  return said.slice(cut(beginning).length).map((token) => `${token}~${request}`);
}

function saidBy({ text = DEFAULT_TEXT, tokenCount }: Script): readonly string[] {
  const said = typeof text === 'string' ? cut(text) : text;
  if (tokenCount === undefined || said.length === 0) return said;
  return Array.from({ length: tokenCount }, (_, index) => said[index % said.length] ?? '');
}

function cut(text: string): string[] {
  return text.match(/\s*\S+|\s+$/gu) ?? [];
}

function after(beginning: string, tokens: readonly string[]): readonly string[] {
  if (!tokens.join('').startsWith(beginning)) return tokens;
  const rest: string[] = [];
  let skip = beginning.length;
  for (const token of tokens) {
    if (token.length > skip) rest.push(token.slice(skip));
    skip = Math.max(skip - token.length, 0);
  }
  return rest;
}
