import createParser, { type StateInline } from 'markdown-it';

type Scan = ReturnType<StateInline['scanDelims']>;

/** What a number, a unit, a word or a term in brackets can end with. */
const OPERAND_END = /[\p{N}\p{M}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Pe}\p{Sc}%‰°′″]/u;
/** What a number, a word or a term in brackets can begin with. A sign belongs to the number after it. */
const OPERAND_START =
  /^(?:[\p{N}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Ps}\p{Sc}√]|[-+−±.,](?=[\p{N}(]))/u;
/** Han, kana, Hangul, and the punctuation and full-width forms that go with them: no spaces stand around their words. */
const CJK =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303f\uff00-\uffef]/u;
const PUNCTUATION = /[\p{P}\p{S}]/u;
/** Emphasis does not begin before these: `*) with food` is a footnote. */
const ENDING = /[\p{Pe}\p{Pf},.;:!?，。；：！？、]/u;
/** Emphasis does not end after these. */
const OPENING = /[\p{Ps}\p{Pi}]/u;

/**
 * Which runs of `*`, `_` and `~~` may open or close emphasis.
 *
 * As in CommonMark, section 6.2, with two differences:
 * - A run between two operands is text, so that no number changes: `5*10*2 mg` and `(5)*10*(2)` are shown as written.
 * - Next to CJK text, punctuation does not keep a run from opening or closing, since no space stands there: the second
 *   run of `**注意：**每天两次` closes the first.
 */
export class DelimiterState extends createParser().inline.State {
  override scanDelims(start: number, canSplitWord: boolean): Scan {
    const marker = this.src.charCodeAt(start);
    let end = start + 1;
    while (end < this.posMax && this.src.charCodeAt(end) === marker) end++;
    const length = end - start;
    const before = characterBefore(this.src, start);
    const rest = this.src.slice(end, Math.min(end + 3, this.posMax));
    if (OPERAND_END.test(before) && OPERAND_START.test(rest)) {
      return { can_open: false, can_close: false, length };
    }
    const after = Array.from(rest)[0] ?? '';
    const opens = isFlanking(before, after) && !ENDING.test(after);
    const closes = isFlanking(after, before) && !OPENING.test(before);
    return {
      can_open: opens && (canSplitWord || !closes || PUNCTUATION.test(before)),
      can_close: closes && (canSplitWord || !opens || PUNCTUATION.test(after)),
      length,
    };
  }
}

/** Whether a run belongs to the text on its `inner` side. Both are one character, or empty where the text ends. */
function isFlanking(outer: string, inner: string): boolean {
  if (inner.trim() === '') return false;
  return !isWesternPunctuation(inner) || outer.trim() === '' || PUNCTUATION.test(outer) || CJK.test(outer);
}

function isWesternPunctuation(character: string): boolean {
  return PUNCTUATION.test(character) && !CJK.test(character);
}

function characterBefore(text: string, index: number): string {
  return Array.from(text.slice(Math.max(0, index - 2), index)).at(-1) ?? '';
}
