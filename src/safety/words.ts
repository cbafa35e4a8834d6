/** A word of a text, as phrases are compared with it. */
export interface Word {
  readonly text: string;
  /** Number of the clause. Commas, colons and brackets end a clause, too. */
  readonly clause: number;
  /** Number of the sentence. */
  readonly sentence: number;
}

/** Each alternative is one character class, so that the time is linear in the text. */
const PARTS = /[\p{L}\p{M}\p{N}]+|[.!?;।…\n]|[,:()[\]—–]|(?<=\p{L})'(?=\p{L})/gu;
const SENTENCE_END = /^[.!?;।…\n]/;
const APOSTROPHE = /^'/;
const WORD = /^[\p{L}\p{M}\p{N}]/u;

/**
 * Left out: accents of Latin letters, the dot below letters of Devanagari (which many leave out) and joiners. Devanagari's
 * vowel signs are marks as well, and stay.
 */
const LEFT_OUT = /[\u0300-\u036f\u093c\u200c\u200d]/g;

/** What people type for an apostrophe. */
const APOSTROPHES = /[’‘´`ʼ′＇]/g;

/** An apostrophe after so many letters belongs to the word (`can't`); after fewer it separates two (`j'ai`). */
const LEAST_JOINED = 3;

/**
 * The words of a text, in lower case and without accents.
 * Example: `Can’t breathe, j’ai mal, señor` gives `cant breathe`, `j ai mal` and `senor`, each in a clause of its own.
 */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let clause = 0;
  let sentence = 0;
  let joins = false;
  for (const [part] of normalized(text).matchAll(PARTS)) {
    if (WORD.test(part)) {
      const last = words.at(-1);
      if (joins && last) words[words.length - 1] = { ...last, text: last.text + part };
      else words.push({ text: part, clause, sentence });
      joins = false;
    } else if (APOSTROPHE.test(part)) {
      joins = (words.at(-1)?.text.length ?? 0) >= LEAST_JOINED;
    } else {
      joins = false;
      clause += 1;
      if (SENTENCE_END.test(part)) sentence += 1;
    }
  }
  return words;
}

/** Not by compatibility (NFKD): single characters would become eighteen, and a long message of them cost 100 ms. */
function normalized(text: string): string {
  const plain = text
    .replaceAll(APOSTROPHES, "'")
    .normalize('NFD')
    .replaceAll(LEFT_OUT, '')
    .normalize('NFC')
    .toLowerCase();
  // Both signs of a nasal vowel in Devanagari are used for the same word.
  return plain.replaceAll('\u0901', '\u0902');
}
