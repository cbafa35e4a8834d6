/**
 * Splits and folds text into words, for the search and for the marks of what was found. `search_words` of migration 022 does the
 * same in the database, with the same ranges.
 */

const SEPARATORS =
  '\\u0000-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u00bf\\u00d7\\u00f7\\u060c\\u061b\\u061f\\u0640\\u066a-\\u066d\\u06d4\\u0964\\u0965\\u2000-\\u2bff\\u2e00-\\u3004\\u3006\\u3008-\\u303f\\ufdd0-\\ufdef\\ufe00-\\ufe6f\\ufff0-\\uffff\\u{1f000}-\\u{1faff}';

/** Writing without spaces between words, such as Chinese and Thai: each character is a word, and several are a phrase. */
const UNSPACED =
  '\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005\\u3007\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff';

const WORD = new RegExp(`[${UNSPACED}]|[^${SEPARATORS}${UNSPACED}]+`, 'gu');
const CHUNK = new RegExp(`[^${SEPARATORS}]+`, 'gu');
const ACCENTS = /[\u0300-\u036f]+/g;

/** Words that must follow each other. Most terms are one word. */
export type SearchTerm = readonly string[];

/** A part of a text, in UTF-16 units. */
export interface Mark {
  readonly start: number;
  readonly end: number;
}

interface Word extends Mark {
  readonly folded: string;
}

/** Without case, accents and forms of compatibility: `Fièvre` and `fievre` are the same. */
function fold(text: string): string {
  return text.normalize('NFKD').replaceAll(ACCENTS, '').normalize('NFC').toLowerCase();
}

/**
 * What is searched for. A text must have all terms; of the last term the last word may be the beginning of a word, since the
 * person may still be typing. `cough at ni` gives `[['cough'], ['at'], ['ni']]`, `发烧` gives `[['发', '烧']]`.
 */
export function searchTerms(query: string): readonly SearchTerm[] {
  return (fold(query).match(CHUNK) ?? []).map((chunk) => chunk.match(WORD) ?? []);
}

/** The places in the text of what is searched for, in order. Undefined when a term is missing. */
export function marksIn(text: string, terms: readonly SearchTerm[]): readonly Mark[] | undefined {
  const words = wordsOf(text);
  const marks: Mark[] = [];
  for (const [index, term] of terms.entries()) {
    const found = placesOf(term, words, index === terms.length - 1);
    if (found.length === 0) return undefined;
    marks.push(...found);
  }
  return marks.toSorted((a, b) => a.start - b.start);
}

function wordsOf(text: string): readonly Word[] {
  return Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    folded: fold(word),
    start: index,
    end: index + word.length,
  }));
}

function placesOf(term: SearchTerm, words: readonly Word[], mayGoOn: boolean): readonly Mark[] {
  const last = term.length - 1;
  const isAt = (at: number): boolean =>
    term.every((wanted, offset) => {
      const folded = words[at + offset]?.folded;
      return mayGoOn && offset === last ? folded?.startsWith(wanted) : folded === wanted;
    });
  return words.flatMap(({ start }, at) => {
    const end = words[at + last]?.end;
    return end !== undefined && isAt(at) ? [{ start, end }] : [];
  });
}
