import type { DangerRules } from './danger-rules.js';
import { parsePhrase } from './phrase.js';
import { PhraseIndex } from './phrase-index.js';
import type { Word } from './words.js';

/**
 * Whether a cue takes back what stands at words `start` to `end`. Cues of all languages count: `suicid*` of the Spanish
 * rules is found in "I am not suicidal", too.
 */
export type TakesBack = (start: number, end: number) => boolean;

interface Cue {
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
      files.flatMap(({ cues }) =>
        (['before', 'after', 'not'] as const).flatMap((kind) =>
          cues[kind].map((phrase) => ({ phrase: parsePhrase(phrase), value: { kind } })),
        ),
      ),
    );
  }

  of(words: readonly Word[], onCompare?: () => void): TakesBack {
    const found = [...this.#index.find(words, onCompare)];
    // Sets of places, so that a text full of cues costs no more than its length.
    const exempt = new Set<number>();
    for (const { value, start, end } of found) {
      if (value.kind !== 'not') continue;
      for (let at = start; at < end; at++) exempt.add(at);
    }
    const ends = new Set<number>();
    const starts = new Set<number>();
    for (const { value, start, end } of found) {
      if (value.kind === 'not' || exempt.has(start)) continue;
      if (value.kind === 'before') ends.add(end);
      else starts.add(start);
    }
    const clauseOf = (at: number) => words[at]?.clause;
    return (start, end) => {
      for (let at = start; at >= start - REACH_FORWARD && clauseOf(at - 1) === clauseOf(start); at--) {
        if (ends.has(at)) return true;
      }
      for (let at = end; at < end + REACH_BACK && clauseOf(at) === clauseOf(end - 1); at++) {
        if (starts.has(at)) return true;
      }
      return false;
    };
  }
}
