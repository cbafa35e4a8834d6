import createParser, { type MarkdownIt, type StateBlock, type Token } from 'markdown-it';

type BlockRule = (state: StateBlock, startLine: number, endLine: number, silent: boolean) => boolean;

/**
 * How deep quotes and lists may stand in each other; a list counts twice, with its items. What is deeper is text: the parser
 * and the page recurse into each level, and 2,500 nested lists exhausted the stack. On a phone, 24 quotes in each other left
 * no room for their text.
 */
const DEEPEST = 12;

/** `> 39 °C` and `>= 5` compare; `> 1. Rest` quotes a list. */
const COMPARISON = /^>\s*[=<>]?\s*(?!\d{1,9}[.)]\s)[-+−]?[.,]?\d/;
/** `+ 3 mg` goes on with a sum; other lists with `+` stay lists. */
const ADDEND = /^\+\s+\d/;
const FORMULA_START = /^(?:\\\[|\$\$)/;
const MOST_LINES_OF_A_FORMULA = 100;

/** Changes the rules for blocks where CommonMark would lose a sign, a number or a word, or recurse without a bound. */
export function addBlockRules({ block: { ruler } }: MarkdownIt): void {
  ruler.at('blockquote', except(isNoQuote, original('blockquote')), {
    alt: ['paragraph', 'reference', 'blockquote', 'list'],
  });
  ruler.at('list', except(isNoList, original('list')), { alt: ['paragraph', 'reference', 'blockquote'] });
  ruler.at('lheading', headingWithLongUnderline);
  ruler.at('table', tableWithAllCells, { alt: ['paragraph', 'reference'] });
  ruler.before('table', 'formula', formula, { alt: ['paragraph', 'blockquote', 'list'] });
  // A definition is not shown where it stands, and `[1]` would be shown as `1`: both change what one reads.
  ruler.disable('reference');
}

/** The library's own rule of this name. */
function original(name: string): BlockRule {
  const { ruler } = createParser().block;
  ruler.enableOnly(name);
  const [rule] = ruler.getRules('');
  if (!rule) throw new Error(`there is no rule ${name}`);
  return rule;
}

function except(isNone: (state: StateBlock, line: number) => boolean, rule: BlockRule): BlockRule {
  return (state, line, endLine, silent) => !isNone(state, line) && rule(state, line, endLine, silent);
}

function isNoQuote(state: StateBlock, line: number): boolean {
  return state.level >= DEEPEST || COMPARISON.test(lineAt(state, line));
}

function isNoList(state: StateBlock, line: number): boolean {
  return state.level >= DEEPEST || ADDEND.test(lineAt(state, line));
}

/** What a line says after the marks of the blocks around it. */
function lineAt({ src, bMarks, tShift, eMarks }: StateBlock, line: number): string {
  return src.slice((bMarks[line] ?? 0) + (tShift[line] ?? 0), eMarks[line]);
}

const underlinedHeading = original('lheading');

/** A single `-` or `=` below a line is a sign that the sentence goes on with, and no heading. */
function headingWithLongUnderline(
  state: StateBlock,
  line: number,
  endLine: number,
  silent: boolean,
): boolean {
  const before = state.tokens.length;
  if (!underlinedHeading(state, line, endLine, silent)) return false;
  if (lineAt(state, state.line - 1).trim().length > 1) return true;
  state.tokens.length = before;
  state.line = line;
  return false;
}

const table = original('table');

/** GFM drops what a row has more than the first one, such as the end of `| 120|80 |`. Here it gets cells of its own. */
function tableWithAllCells(state: StateBlock, line: number, endLine: number, silent: boolean): boolean {
  const before = state.tokens.length;
  if (!table(state, line, endLine, silent)) return false;
  if (silent) return true;
  const tokens = state.tokens.splice(before);
  let row = line;
  let cells = 0;
  for (const token of tokens) {
    if (token.type === 'tr_open') {
      row = token.map?.[0] ?? row;
      cells = 0;
    }
    if (token.type === 'td_open') cells += 1;
    if (token.type === 'tr_close' && cells > 0) {
      for (const text of furtherCells(lineAt(state, row), cells)) state.tokens.push(...cell(state, text));
    }
    state.tokens.push(token);
  }
  return true;
}

function furtherCells(row: string, count: number): readonly string[] {
  const cells = row.trim().split(/(?<!\\)\|/);
  if (cells[0] === '') cells.shift();
  if (cells.at(-1) === '') cells.pop();
  return cells.slice(count).map((text) => text.trim().replaceAll('\\|', '|'));
}

function cell({ Token }: StateBlock, text: string): readonly Token[] {
  const content = new Token('inline', '', 0);
  content.content = text;
  content.children = [];
  return [new Token('td_open', 'td', 1), content, new Token('td_close', 'td', -1)];
}

/** A formula of several lines, which might look like lists, quotes or headings. */
function formula(state: StateBlock, line: number, endLine: number, silent: boolean): boolean {
  const [open] = FORMULA_START.exec(lineAt(state, line)) ?? [];
  if (open === undefined || (state.sCount[line] ?? 0) - state.blkIndent >= 4) return false;
  const close = open === '$$' ? open : '\\]';
  if (lineAt(state, line).includes(close, open.length)) return false;
  const limit = Math.min(endLine, line + MOST_LINES_OF_A_FORMULA);
  for (let last = line + 1; last < limit && (state.sCount[last] ?? 0) >= state.blkIndent; last++) {
    if (!lineAt(state, last).includes(close)) continue;
    if (silent) return true;
    const token = state.push('formula', 'p', 0);
    token.map = [line, last + 1];
    token.content = state.getLines(line, last + 1, state.blkIndent, false);
    state.line = last + 1;
    return true;
  }
  return false;
}
