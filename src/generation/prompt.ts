import { withoutDisclaimer } from './disclaimer.js';
import type { Prompt, Turn } from './provider.js';

export interface PromptSource {
  readonly system: string;
  /** Oldest first; the last one is the user's message to be answered. Answers may bear their disclaimer. */
  readonly history: readonly Turn[];
  /** The answer's beginning, to be continued; empty to start. */
  readonly answer: string;
  /** What system prompt, turns and answer together may cost, in estimated tokens. */
  readonly budgetTokens: number;
}

/** What a chat template adds around each message: role and markers. */
const TURN_OVERHEAD = 4;

/**
 * How many bytes of a conversation's newest turns are enough to fill a prompt: of a short answer most is its disclaimer,
 * which costs nothing, so that 5 tokens may be about 200 bytes.
 */
export function historyBytes(budgetTokens: number): number {
  return budgetTokens * 64;
}

/**
 * The newest turns that fit the budget, without gaps: a conversation with a hole reads worse than a short one. The
 * message to be answered is always there, even if it alone is too long. Never begins with an answer, whose
 * question would be missing. Turns without text (an answer that failed) are left out.
 */
export function buildPrompt({ system, history, answer, budgetTokens }: PromptSource): Prompt {
  const last = history.length - 1;
  const spoken = history
    .map(({ role, text }): Turn => ({ role, text: role === 'assistant' ? withoutDisclaimer(text) : text }))
    .filter((turn, index) => turn.text !== '' || index === last);

  const kept: Turn[] = [];
  let left = budgetTokens - cost(system) - cost(answer);
  for (const turn of spoken.toReversed()) {
    left -= cost(turn.text);
    if (left < 0 && kept.length > 0) break;
    kept.push(turn);
  }
  while (kept.length > 1 && kept.at(-1)?.role === 'assistant') kept.pop();
  return { system, turns: kept.toReversed(), answer };
}

/**
 * Roughly how many tokens `text` is: its UTF-8 bytes / 4, rounded up. English has about 4 characters a token with
 * every tokenizer in use; other scripts have fewer, and more bytes a character, so bytes estimate them better than
 * characters do. Long numbers are underestimated: leave a margin in the budget.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

function cost(text: string): number {
  return estimateTokens(text) + TURN_OVERHEAD;
}
