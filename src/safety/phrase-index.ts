import { matchesWord, type Phrase } from './phrase.js';
import type { Word } from './words.js';

/** Where a phrase was found: words `start` to `end`, without `end`. */
export interface Found<T> {
  readonly value: T;
  readonly start: number;
  readonly end: number;
}

interface Entry<T> {
  readonly phrase: Phrase;
  readonly value: T;
}

/**
 * Finds many phrases in one pass over a text. Phrases are looked up by their first word, and compared with a bounded number
 * of words that follow: the time is linear in the text, whatever is in it.
 */
export class PhraseIndex<T> {
  readonly #byWord = new Map<string, Entry<T>[]>();
  readonly #byBeginning = new Map<string, Entry<T>[]>();
  #longestBeginning = 0;

  readonly #stops: ReadonlySet<string>;

  /** @param stops words that no gap of a phrase may stand for */
  constructor(entries: readonly Entry<T>[], stops: ReadonlySet<string> = new Set()) {
    this.#stops = stops;
    for (const entry of entries) {
      const { words, beginnings } = entry.phrase[0];
      for (const word of words) add(this.#byWord, word, entry);
      for (const beginning of beginnings) {
        add(this.#byBeginning, beginning, entry);
        this.#longestBeginning = Math.max(this.#longestBeginning, beginning.length);
      }
    }
  }

  /** @param onCompare called for each word that a phrase is compared with, so that a test can count the work */
  *find(words: readonly Word[], onCompare?: () => void): Generator<Found<T>, void> {
    // Words of a text repeat.
    const begun = new Map<string, readonly Entry<T>[]>();
    for (const [start, { text }] of words.entries()) {
      const entries = begun.get(text) ?? this.#beginningWith(text);
      begun.set(text, entries);
      for (const { phrase, value } of entries) {
        const end = this.#endOf(phrase, 1, words, start + 1, onCompare);
        if (end !== undefined) yield { value, start, end };
      }
    }
  }

  #beginningWith(text: string): readonly Entry<T>[] {
    const entries = [...(this.#byWord.get(text) ?? [])];
    for (let length = Math.min(text.length, this.#longestBeginning); length > 0; length--) {
      entries.push(...(this.#byBeginning.get(text.slice(0, length)) ?? []));
    }
    return entries;
  }

  /** Where the rest of a phrase ends, from its word `index` on, or undefined when the text goes on differently at `from`. */
  #endOf(
    phrase: Phrase,
    index: number,
    words: readonly Word[],
    from: number,
    onCompare?: () => void,
  ): number | undefined {
    const wanted = phrase[index];
    if (!wanted) return from;
    const sentence = words[from - 1]?.sentence;
    for (let at = from; at <= from + wanted.gap; at++) {
      const word = words[at];
      if (!word || word.sentence !== sentence) return undefined;
      onCompare?.();
      if (matchesWord(wanted, word.text)) {
        const end = this.#endOf(phrase, index + 1, words, at + 1, onCompare);
        if (end !== undefined) return end;
      }
      if (this.#stops.has(word.text)) return undefined;
    }
    return undefined;
  }
}

function add<T>(map: Map<string, Entry<T>[]>, key: string, entry: Entry<T>): void {
  const entries = map.get(key) ?? [];
  entries.push(entry);
  map.set(key, entries);
}
