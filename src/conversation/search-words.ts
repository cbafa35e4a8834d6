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
 * person may still be typing. `cough at ni` gives `[['cough'], ['at'], ['ni']]`, `发烧` gives `[['发', '烧']]`. A term that is
 * repeated counts once, so `a a b` gives `[['a'], ['b']]`; the last one stays, because it may be a beginning.
 */
export function searchTerms(query: string): readonly SearchTerm[] {
  const chunks = fold(query).match(CHUNK) ?? [];
  const whole = new Set(chunks.slice(0, -1));
  return [...whole, ...chunks.slice(-1)].map((chunk) => chunk.match(WORD) ?? []);
}

/**
 * The places in the text of what is searched for, in order, each once. Undefined when a term is missing.
 *
 * It goes through the text once, however many terms there are: a search looks into many long texts, and nobody else is served
 * meanwhile.
 */
export function marksIn(text: string, terms: readonly SearchTerm[]): readonly Mark[] | undefined {
  const words = wordsOf(text);
  const last = terms.at(-1);
  const byFirstWord = new Map<string, SearchTerm[]>();
  for (const term of terms.slice(0, -1)) {
    const [first = ''] = term;
    byFirstWord.set(first, [...(byFirstWord.get(first) ?? []), term]);
  }
  const missing = new Set(terms);
  const marks: Mark[] = [];
  for (const [at, { folded, start }] of words.entries()) {
    let end: number | undefined;
    for (const term of [...(byFirstWord.get(folded) ?? []), ...(last ? [last] : [])]) {
      if (!isAt(at, term, words, term === last)) continue;
      missing.delete(term);
      end = Math.max(end ?? 0, words[at + term.length - 1]?.end ?? 0);
    }
    if (end !== undefined) marks.push({ start, end });
  }
  return missing.size === 0 ? marks : undefined;
}

function isAt(at: number, term: SearchTerm, words: readonly Word[], mayGoOn: boolean): boolean {
  return term.every((wanted, offset) => {
    const folded = words[at + offset]?.folded;
    return mayGoOn && offset === term.length - 1 ? folded?.startsWith(wanted) : folded === wanted;
  });
}

function wordsOf(text: string): readonly Word[] {
  return Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    folded: fold(word),
    start: index,
    end: index + word.length,
  }));
}
