import type { ModelInfo } from './model-info.js';

/** What is left to the answer at least, in tokens; of a small window a quarter. */
const ANSWER_TOKENS = 4096;
/** The window that is asked for where the Modelfile has none: conversations of usual length fit. */
const USUAL_TOKENS = 16_384;

/** The longest prompt that the model takes, in tokens; undefined when the model's window is not known. */
export function longestPrompt({ contextTokens }: ModelInfo, ceiling: number | undefined): number | undefined {
  const longest = Math.min(contextTokens ?? Number.POSITIVE_INFINITY, ceiling ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(longest) ? longest - roomForAnswer(longest) : undefined;
}

/**
 * The window to ask for (`num_ctx`), so that a prompt of `promptTokens` and its answer fit as far as the model allows.
 * Ollama loads a model anew for each other window, which takes seconds to minutes. So windows come in few sizes, and one
 * that is loaded (`loaded`) is used when it is large enough.
 *
 * Example: prompts of 3,000 and 9,000 tokens both get 16,384. One of 20,000 gets 32,768, and so do those after it for as
 * long as the model stays loaded with that.
 */
export function windowFor(
  promptTokens: number,
  { contextTokens, numCtx }: ModelInfo,
  ceiling: number | undefined,
  loaded: number | undefined,
): number {
  const longest = Math.min(contextTokens ?? Number.POSITIVE_INFINITY, ceiling ?? Number.POSITIVE_INFINITY);
  const needed = Math.min(promptTokens + roomForAnswer(longest), longest);
  if (loaded !== undefined && loaded >= needed && loaded <= longest) return loaded;
  let window = numCtx ?? USUAL_TOKENS;
  while (window < needed) window *= 2;
  return Math.min(window, longest);
}

function roomForAnswer(window: number): number {
  return Math.min(ANSWER_TOKENS, Math.floor(window / 4));
}
