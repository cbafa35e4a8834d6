import { CORPUS } from './corpus.js';
import { tokenize } from './pace.js';

/** After which two words may follow which; a word that follows more often is there more often. */
type Chain = ReadonlyMap<string, readonly string[]>;

const SENTENCES_A_PARAGRAPH = 5;

/**
 * Text of about the corpus' style and of at least `tokens` tokens, up to the end of a sentence. The same seed and
 * length always give the same text.
 */
export function markovAnswer(seed: string, tokens: number): string {
  const random = randomFrom(seed);
  const chain = learn(CORPUS);
  const openings = [...chain.keys()].filter((key) => /^\p{Lu}/u.test(key));
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';

  let text = '';
  let written = 0;
  for (let sentence = 0; written < tokens; sentence += 1) {
    const before = sentence === 0 ? '' : sentence % SENTENCES_A_PARAGRAPH === 0 ? '\n\n' : ' ';
    const next = before + sentenceFrom(pick(openings), chain, pick);
    text += next;
    written += tokenize(next).length;
  }
  return text;
}

/** Goes on from two words until one ends a sentence; every path through the corpus comes to one. */
function sentenceFrom(opening: string, chain: Chain, pick: (from: readonly string[]) => string): string {
  const words = opening.split(' ');
  while (!words.at(-1)?.endsWith('.')) words.push(pick(chain.get(words.slice(-2).join(' ')) ?? ['.']));
  return words.join(' ');
}

function learn(corpus: string): Chain {
  const chain = new Map<string, string[]>();
  const words = corpus.trim().split(/\s+/);
  for (const [index, word] of words.entries()) {
    if (index < 2) continue;
    const key = words.slice(index - 2, index).join(' ');
    const followers = chain.get(key);
    if (followers) followers.push(word);
    else chain.set(key, [word]);
  }
  return chain;
}

/** Numbers in [0, 1), the same for the same seed (FNV-1a into mulberry32). Not for secrets. */
function randomFrom(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(seed)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
