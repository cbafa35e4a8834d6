import type { Excerpt } from '../protocol/search.js';
import type { Mark } from './search-words.js';

/** Characters (UTF-16 units) of an excerpt, and how many of them stand before the first mark. */
const LENGTH = 200;
const BEFORE = 60;
/** How far the ends may move to where a word begins or ends. */
const NEAR = 30;

const CUT = '…';

/** The part of the text around its first mark, with the marks in it. A part that begins or ends inside the text says so with `…`. */
export function excerptOf(text: string, marks: readonly Mark[]): Excerpt {
  const start = startOf(text, Math.max(0, (marks[0]?.start ?? 0) - BEFORE));
  const end = endOf(text, Math.min(text.length, start + LENGTH));
  const before = start > 0 ? CUT : '';
  const after = end < text.length ? CUT : '';
  const shift = before.length - start;
  return {
    text: before + text.slice(start, end) + after,
    marks: marks
      .filter((mark) => mark.start < end)
      .map((mark) => ({ start: mark.start + shift, end: Math.min(mark.end, end) + shift })),
  };
}

/** After the next space, if that is near. */
function startOf(text: string, from: number): number {
  if (from === 0) return 0;
  const space = text.slice(from, from + NEAR).search(/\s/);
  return space === -1 ? wholeCharacter(text, from) : from + space + 1;
}

/** Before the last space, if that is near. */
function endOf(text: string, to: number): number {
  if (to === text.length) return to;
  const near = text.slice(to - NEAR, to);
  const space = near.search(/\s\S*$/);
  return space === -1 ? wholeCharacter(text, to) : to - near.length + space;
}

/** Not between the halves of a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  return /[\uDC00-\uDFFF]/.test(text[at] ?? '') ? at - 1 : at;
}
