import { wordsOf } from './words.js';

/** One word of a phrase: what it may be, whole or by its beginning. */
export interface PhraseWord {
  readonly words: ReadonlySet<string>;
  readonly beginnings: readonly string[];
  /** So many other words may stand before it. */
  readonly gap: number;
}

export type Phrase = readonly [PhraseWord, ...PhraseWord[]];

/** How many words `...` stands for, at the most. */
const GAP = 3;

/** More words than this in a phrase, or two gaps more, would cost time with every text. */
const LONGEST = 8;
const MOST_GAPS = 2;

/**
 * Reads a phrase of a rule. `|` separates alternatives, `*` ends the beginning of a word, and `...` stands for up to three
 * words of the same sentence.
 *
 *   chest ... pain|hurt*     matches "my chest really hurts" and "chest pain"
 *   can't breathe            matches "I can’t breathe"
 *
 * @throws Error that says what is wrong
 */
export function parsePhrase(text: string): Phrase {
  const parsed: PhraseWord[] = [];
  let gap = 0;
  let gaps = 0;
  for (const part of text.trim().split(/\s+/)) {
    if (part === '...') {
      if (parsed.length === 0) throw new Error(`"${text}" begins with "..."`);
      gap = GAP;
      gaps += 1;
      continue;
    }
    for (const word of part.includes('|') ? [alternatives(part)] : inOrder(part)) {
      parsed.push({ ...word, gap });
      gap = 0;
    }
  }
  const [first, ...rest] = parsed;
  if (!first) throw new Error(`"${text}" has no word`);
  if (gap > 0) throw new Error(`"${text}" ends with "..."`);
  if (parsed.length > LONGEST || gaps > MOST_GAPS) {
    throw new Error(`"${text}" has more than ${LONGEST} words, or more than ${MOST_GAPS} "..."`);
  }
  return [first, ...rest];
}

function alternatives(part: string): Omit<PhraseWord, 'gap'> {
  const words = new Set<string>();
  const beginnings: string[] = [];
  for (const alternative of part.split('|')) {
    const [word, ...others] = wordsOf(alternative);
    if (!word || others.length > 0) throw new Error(`"${alternative}" in "${part}" is not one word`);
    if (alternative.endsWith('*')) beginnings.push(word.text);
    else words.add(word.text);
  }
  return { words, beginnings };
}

/** Several for one with an apostrophe. */
function inOrder(part: string): Omit<PhraseWord, 'gap'>[] {
  const words = wordsOf(part).map(({ text }) => text);
  return words.map((word, index) =>
    part.endsWith('*') && index === words.length - 1
      ? { words: new Set(), beginnings: [word] }
      : { words: new Set([word]), beginnings: [] },
  );
}

export function matchesWord({ words, beginnings }: PhraseWord, text: string): boolean {
  return words.has(text) || beginnings.some((beginning) => text.startsWith(beginning));
}
