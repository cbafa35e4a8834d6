import createParser, { type StateCore, type Token } from 'markdown-it';
import { addBlockRules } from './block-rules.js';
import { DelimiterState } from './delimiters.js';
import { addInlineRules } from './inline-rules.js';
import { isSafeLink, normalizedLink } from './links.js';

/**
 * Markdown as tokens.
 *
 * What is shown is the source without well-formed marks around words. Where CommonMark or GFM takes more away than marks,
 * or changes a number, the rules differ (docs/decisions/016-markdown-of-answers.md). HTML is text.
 */
const parser = createParser({ html: false, linkify: false, typographer: false });
parser.inline.State = DelimiterState;
addBlockRules(parser);
addInlineRules(parser);
parser.core.ruler.at('inline', parseParagraphs);
parser.validateLink = isSafeLink;
parser.normalizeLink = normalizedLink;
// The text of a link is shown as it is written.
parser.normalizeLinkText = (text) => text;

/** @param growing more text may come: what is begun at the end is shown as if it were finished */
export function parse(text: string, growing: boolean): readonly Token[] {
  return parser.parse(text, { growing });
}

function parseParagraphs({ tokens, md, env }: StateCore): void {
  const end = tokens.findLast(({ nesting }) => nesting >= 0);
  for (const token of tokens) {
    if (token.type !== 'inline' || !token.children) continue;
    const growing = token === end && env['growing'] === true;
    const content = growing ? withoutLastAsterisks(token.content) : token.content;
    md.inline.parse(content, md, { growing }, token.children);
  }
}

/** They may be half of a mark. No regular expression: `/\*+$/` takes the square of the time in a text full of asterisks. */
function withoutLastAsterisks(text: string): string {
  let end = text.length;
  while (text[end - 1] === '*') end -= 1;
  return text.slice(0, end);
}
