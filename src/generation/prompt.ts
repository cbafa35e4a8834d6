import { BLANK_LINE, DISCLAIMER, withoutDisclaimer } from './disclaimer.js';
import { withoutCitations } from './passages-block.js';
import { IMAGE_TOKENS, type StoredTurn } from './prompt-attachments.js';
import type { Prompt } from './provider.js';

export interface PromptSource {
  readonly system: string;
  /** Oldest first; the last one is the user's message to be answered. Answers may bear one of the disclaimers. */
  readonly history: readonly StoredTurn[];
  readonly disclaimers?: readonly string[] | undefined;
  /** The answer's beginning, to be continued; empty to start. */
  readonly answer: string;
  /** What the model reads before the message, if documents were searched. */
  readonly passages?: string | undefined;
  /** What system prompt, turns, passages and answer together may cost, in estimated tokens. */
  readonly budgetTokens: number;
}

/** What the model is told about passages, and the marks around each. */
const PASSAGES_OVERHEAD = 400;

/** What a chat template adds around each message: role and markers. */
const TURN_OVERHEAD = 8;

/** The most bytes of text that `estimateTokens` counts as one token. */
const BYTES_PER_TOKEN = 2;

/**
 * How many bytes of a conversation's newest turns are enough to fill a prompt. A short answer is mostly its disclaimer, which
 * counts no tokens.
 *
 * Example: `Yes.` counts 4 tokens and an overhead of 8, and is stored with a disclaimer of 200 bytes: 17 bytes a token.
 */
export function historyBytes(budgetTokens: number, disclaimers: readonly string[] = [DISCLAIMER]): number {
  const longest = Math.max(0, ...disclaimers.map((text) => Buffer.byteLength(BLANK_LINE + text)));
  return budgetTokens * (BYTES_PER_TOKEN + Math.ceil(longest / TURN_OVERHEAD));
}

/**
 * The newest turns that fit the budget, without gaps: a conversation with a hole reads worse than a short one. The
 * message to be answered is always there, even if it alone is too long. Never begins with an answer, whose
 * question would be missing. Turns without text and attachments (an answer that failed) are left out. `omitted` is how many turns with text
 * of `history` did not fit.
 */
export function buildPrompt({ system, history, disclaimers, answer, passages, budgetTokens }: PromptSource): {
  prompt: Omit<Prompt, 'turns'> & { readonly turns: readonly StoredTurn[] };
  omitted: number;
} {
  const last = history.length - 1;
  const spoken = history
    .map((turn) => {
      if (turn.role !== 'assistant') return turn;
      const text = withoutDisclaimer(turn.text, disclaimers);
      // Its numbers are those of other passages. A model that copies one would cite a passage that does not say so.
      return { ...turn, text: passages === undefined ? text : withoutCitations(text) };
    })
    .filter((turn, index) => turn.text !== '' || (turn.attachments?.length ?? 0) > 0 || index === last);

  const kept: StoredTurn[] = [];
  let left = budgetTokens - systemCost(system) - cost(answer) - cost(passages ?? '');
  for (const turn of spoken.toReversed()) {
    left -= cost(turn.text);
    if (left < 0 && kept.length > 0) break;
    kept.push(turn);
  }
  while (kept.length > 1 && kept.at(-1)?.role === 'assistant') kept.pop();
  return {
    prompt: { system, turns: kept.toReversed(), answer, ...(passages !== undefined && { passages }) },
    omitted: spoken.length - kept.length,
  };
}

/** What the model has to read, in estimated tokens. */
export function promptCost({ system, turns, answer, passages = '' }: Prompt): number {
  return turns.reduce(
    (sum, { text, images = [] }) => sum + cost(text) + images.length * IMAGE_TOKENS,
    systemCost(system) + cost(answer) + cost(passages),
  );
}

/** A word with the space before it, in lower case but for its first letter. */
const WORDS = / ?[A-Za-z][a-z]*/g;
/** A longer run of letters is no word of the vocabulary. */
const LONGEST_WORD = 12;

/**
 * The most tokens that `text` can be. A tokenizer makes at most one token of a byte, and some do so for digits, signs,
 * emoji and rare scripts: these count by their bytes of UTF-8. Words in Latin letters count about half, since every
 * tokenizer has pairs of letters in its vocabulary.
 *
 * Example: `Take 500 mg 💊` counts 3 (`Take`) + 4 (` 500`) + 2 (` mg`) + 5 (` 💊`) = 14. Models make 6 to 11 of it.
 */
export function estimateTokens(text: string): number {
  let saved = 0;
  for (const [word] of text.matchAll(WORDS)) {
    const letters = word.trimStart().length;
    if (letters <= LONGEST_WORD) saved += Math.max(word.length - Math.ceil(letters / 2) - 1, 0);
  }
  return Buffer.byteLength(text) - saved;
}

/**
 * How many tokens passages may have beside what must be in the prompt: a quarter of the budget, so that the conversation keeps its
 * place, and less where the message is long. Not more than 0 when there is no room.
 */
export function passageTokens(system: string, message: string, answer: string, budgetTokens: number): number {
  const left = budgetTokens - systemCost(system) - cost(message) - cost(answer) - PASSAGES_OVERHEAD;
  return Math.min(Math.floor(budgetTokens / 4), left);
}

function cost(text: string): number {
  return text === '' ? 0 : estimateTokens(text) + TURN_OVERHEAD;
}

/**
 * The system prompt is our own English prose, of which no tokenizer makes more than a token for three bytes (3,770 bytes are
 * 871 to 999 tokens). The general bound would leave a window of 4,096 no room for a message.
 */
function systemCost(system: string): number {
  return system === '' ? 0 : Math.ceil(Buffer.byteLength(system) / 3) + TURN_OVERHEAD;
}
