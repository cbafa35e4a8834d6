import type { MarkdownIt, StateInline } from 'markdown-it';
import { urlAt } from './links.js';

/** Typesetting is not done here: formulas are shown exactly as they are written, backslashes included. */
const FORMULAS: readonly (readonly [open: string, close: string])[] = [
  ['\\(', '\\)'],
  ['\\[', '\\]'],
  ['$$', '$$'],
];

const LINE_BREAK = /<br ?\/?>/iy;

/** UTF-16 units. What is longer is linked up to here. */
const LONGEST_URL = 2048;
const ASTERISK = 0x2a;

/** What models write inside of a paragraph, beside CommonMark. */
export function addInlineRules({ inline }: MarkdownIt): void {
  inline.ruler.before('escape', 'formula', formula);
  inline.ruler.before('autolink', 'line_break', lineBreak);
  inline.ruler.at('linkify', bareUrl);
  inline.ruler2.after('balance_pairs', 'unfinished_bold', closeUnfinishedBold);
}

function formula(state: StateInline, silent: boolean): boolean {
  const pair = FORMULAS.find(([open]) => state.src.startsWith(open, state.pos));
  if (!pair) return false;
  const [open, close] = pair;
  const end = indexFrom(state, close, state.pos + open.length);
  if (end < 0) return false;
  if (!silent) state.push('text', '', 0).content = state.src.slice(state.pos, end + close.length);
  state.pos = end + close.length;
  return true;
}

/** Each `state` is asked for ever later positions: what was not found once is not looked for again. */
const missing = new WeakMap<StateInline, Set<string>>();

function indexFrom(state: StateInline, words: string, from: number): number {
  const known = missing.get(state) ?? new Set();
  missing.set(state, known);
  if (known.has(words)) return -1;
  const found = state.src.indexOf(words, from);
  if (found < 0) known.add(words);
  return found + words.length <= state.posMax ? found : -1;
}

/** The one HTML tag that is obeyed: tables have no other way to begin a line. */
function lineBreak(state: StateInline, silent: boolean): boolean {
  LINE_BREAK.lastIndex = state.pos;
  const tag = LINE_BREAK.exec(state.src)?.[0];
  if (tag === undefined) return false;
  if (!silent) state.push('hardbreak', 'br', 0);
  state.pos += tag.length;
  return true;
}

/** At the colon of `https://…`. Found here and not in the text, since `_` and `*` may be part of an address. */
function bareUrl(state: StateInline, silent: boolean): boolean {
  if (state.linkLevel > 0 || !state.src.startsWith('://', state.pos)) return false;
  const before = state.src.slice(Math.max(0, state.pos - 6), state.pos);
  const scheme = /(?<![\p{Script=Latin}\p{N}\\])https?$/iu.exec(before)?.[0];
  if (scheme === undefined) return false;
  const start = state.pos - scheme.length;
  const url = urlAt(state.src.slice(start, Math.min(state.posMax, start + LONGEST_URL)));
  if (url === null) return false;
  if (!silent) {
    state.pending = state.pending.slice(0, -scheme.length);
    state.push('link_open', 'a', 1).attrs = [['href', state.md.normalizeLink(url)]];
    state.push('text', '', 0).content = url;
    state.push('link_close', 'a', -1);
  }
  state.pos = start + url.length;
  return true;
}

/**
 * At the end of text that is being written, the last bold words are closed: their asterisks would be seen until the
 * closing ones come. `env.growing` is set for the paragraph at the end alone.
 */
function closeUnfinishedBold(state: StateInline): void {
  const { delimiters } = state;
  const second = delimiters.findLastIndex(({ marker, open, end }) => marker === ASTERISK && open && end < 0);
  const [first, last] = [delimiters[second - 1], delimiters[second]];
  const isBold = first?.marker === ASTERISK && first.open && first.end < 0 && first.token + 1 === last?.token;
  // Bold words that began within other emphasis, and did not end there, would end outside of it.
  const isWithin = delimiters.some(({ end }, index) => index < second && end > second);
  if (state.env['growing'] !== true || !isBold || isWithin) return;
  for (const opener of [last, first]) {
    state.push('text', '', 0);
    opener.end = delimiters.length;
    delimiters.push({ ...opener, token: state.tokens.length - 1, end: -1, open: false, close: true });
  }
}
