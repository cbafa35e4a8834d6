import { estimateTokens, promptCost } from './prompt.js';
import type { Provider } from './provider.js';

/**
 * The limit in tokens if `text` is too long for the model, beside the system prompt and without any history; undefined if it
 * fits, or if the limit is not known now. Never rejects.
 */
export type MessageLimit = (text: string) => Promise<number | undefined>;

/** Every model takes this many tokens, so shorter messages are not checked. */
const SHORT_TOKENS = 512;
/** How long a send may wait for the limit, in ms. */
const ANSWER_MS = 1000;

export function messageLimit(provider: Provider, system: string): MessageLimit {
  return async (text) => {
    if (!provider.promptTokens || estimateTokens(text) <= SHORT_TOKENS) return undefined;
    const longest = await provider.promptTokens(AbortSignal.timeout(ANSWER_MS));
    if (longest === undefined) return undefined;
    const cost = promptCost({ system, turns: [{ role: 'user', text }], answer: '' });
    return cost > longest ? longest : undefined;
  };
}
