import type { DangerRules } from './danger-rules.js';
import { parsePhrase } from './phrase.js';
import { PhraseIndex } from './phrase-index.js';
import type { Word } from './words.js';

/** Whether a cue of the language takes back what stands at words `start` to `end`. */
export type TakesBack = (locale: string, start: number, end: number) => boolean;

interface Cue {
  readonly locale: string;
  readonly kind: 'before' | 'after' | 'not';
}

/** How far a cue works, in words. */
const REACH_FORWARD = 5;
const REACH_BACK = 3;

/** Finds what negates, in every language. */
export class CueMap {
  readonly #index: PhraseIndex<Cue>;

  constructor(files: readonly DangerRules[]) {
    this.#index = new PhraseIndex(
      files.flatMap(({ locale, cues }) =>
        (['before', 'after', 'not'] as const).flatMap((kind) =>
          cues[kind].map((phrase) => ({ phrase: parsePhrase(phrase), value: { locale, kind } })),
        ),
      ),
    );
  }

  of(words: readonly Word[], onCompare?: () => void): TakesBack {
    const found = [...this.#index.find(words, onCompare)];
    // Sets of places, so that a text full of cues costs no more than its length.
    const exempt = new Set<string>();
    for (const { value, start, end } of found) {
      if (value.kind !== 'not') continue;
      for (let at = start; at < end; at++) exempt.add(`${value.locale} ${at}`);
    }
    const ends = new Set<string>();
    const starts = new Set<string>();
    for (const { value, start, end } of found) {
      if (value.kind === 'not' || exempt.has(`${value.locale} ${start}`)) continue;
      if (value.kind === 'before') ends.add(`${value.locale} ${end}`);
      else starts.add(`${value.locale} ${start}`);
    }
    const clauseOf = (at: number) => words[at]?.clause;
    return (locale, start, end) => {
      for (let at = start; at >= start - REACH_FORWARD && clauseOf(at - 1) === clauseOf(start); at--) {
        if (ends.has(`${locale} ${at}`)) return true;
      }
      for (let at = end; at < end + REACH_BACK && clauseOf(at) === clauseOf(end - 1); at++) {
        if (starts.has(`${locale} ${at}`)) return true;
      }
      return false;
    };
  }
}
