import type { Token } from 'markdown-it';
import { parse } from './parser.js';
import { type Element, type Node, treeOf } from './tree.js';

/** A paragraph, a list, a table … */
export interface Block {
  readonly kind: string;
  readonly nodes: readonly Node[];
  /** The depths of the headings under which it stands, its own included: each deeper than the one before. */
  readonly headings: readonly number[];
}

/** Blocks at the end that more text may still change: a paragraph may turn out to go on the list before it. */
const OPEN_BLOCKS = 2;

/**
 * No answer may keep the page busy for longer than a second. What comes after so many UTF-16 units, and from the block on
 * that has one element too many, is shown as plain text.
 */
const MOST_MARKDOWN = 150_000;
const MOST_ELEMENTS = 10_000;

/**
 * Cuts Markdown into blocks, again and again while it grows, and parses only its end each time. The result depends on the
 * text alone, not on the steps in which it came.
 */
export class BlockCutter {
  #settled: readonly Block[] = [];
  /** The text of `#settled`. */
  #before = '';
  #elements = 0;
  /** Of an answer that is too long: its Markdown does not change any more. */
  #cutOff: { readonly text: string; readonly blocks: readonly Block[] } | null = null;

  /** @param growing more text may come */
  cut(source: string, growing: boolean): readonly Block[] {
    const end = source.length > MOST_MARKDOWN ? endOfMarkdown(source) : source.length;
    // The parser does the same: its lines must be ours.
    const text = source.slice(0, end).replaceAll(/\r\n?/g, '\n');
    if (end === source.length) return this.#cut(text, growing);
    if (this.#cutOff?.text !== text) this.#cutOff = { text, blocks: this.#cut(text, false) };
    return [...this.#cutOff.blocks, plain(source.slice(end))];
  }

  #cut(text: string, growing: boolean): readonly Block[] {
    if (!growing || !text.startsWith(this.#before)) this.#reset();
    const rest = text.slice(this.#before.length);
    const parts = topLevel(parse(rest, growing));
    const settling = Math.max(0, parts.length - OPEN_BLOCKS);
    const lines = new LineIndex(rest);
    let headings = this.#settled.at(-1)?.headings ?? [];
    let elements = this.#elements;
    const blocks = [...this.#settled];
    for (const [index, tokens] of parts.entries()) {
      const start = lines.start(tokens[0]?.map?.[0] ?? 0);
      if (index === settling) {
        this.#settled = blocks.slice();
        this.#before += rest.slice(0, start);
        this.#elements = elements;
      }
      headings = headingsAt(tokens, headings);
      const block = { kind: kindOf(tokens), nodes: treeOf(leveled(tokens, headings.length)), headings };
      elements += count(block.nodes);
      if (elements > MOST_ELEMENTS) return [...blocks, plain(rest.slice(start))];
      blocks.push(block);
    }
    return blocks;
  }

  #reset(): void {
    this.#settled = [];
    this.#before = '';
    this.#elements = 0;
  }
}

/** The last line that ends before the bound, or the bound itself. */
function endOfMarkdown(source: string): number {
  const line = source.lastIndexOf('\n', MOST_MARKDOWN);
  if (line > 0) return line;
  // No character is cut in two.
  return /[\udc00-\udfff]/.test(source.charAt(MOST_MARKDOWN)) ? MOST_MARKDOWN - 1 : MOST_MARKDOWN;
}

function plain(text: string): Block {
  return { kind: 'plain', nodes: [text], headings: [] };
}

/** The tokens of each block that stands in no other. */
function topLevel(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const blocks: Token[][] = [];
  let depth = 0;
  for (const token of tokens) {
    if (depth === 0) blocks.push([]);
    blocks.at(-1)?.push(token);
    depth += token.nesting;
  }
  return blocks;
}

/** A heading goes one level below the one that it stands under: models begin at any depth, and leave some out. */
function headingsAt([first]: readonly Token[], before: readonly number[]): readonly number[] {
  if (first?.type !== 'heading_open') return before;
  const depth = Number(first.tag.slice(1));
  return [...before.filter((other) => other < depth), depth];
}

function leveled(tokens: readonly Token[], level: number): readonly Token[] {
  const [first] = tokens;
  if (first?.type === 'heading_open') first.tag = `h${level}`;
  return tokens;
}

/** `heading`, `paragraph`, `ordered_list`, `bullet_list`, `blockquote`, `table`, `code`, `formula`, `hr`. */
function kindOf([first]: readonly Token[]): string {
  if (first?.type === 'fence' || first?.type === 'code_block') return 'code';
  return first?.type.replace(/_open$/, '') ?? '';
}

function count(nodes: readonly Node[]): number {
  return nodes
    .filter((node): node is Element => typeof node !== 'string')
    .reduce((sum, { children }) => sum + 1 + count(children), 0);
}

/** Where the lines of a text begin. */
class LineIndex {
  readonly #starts = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  start(line: number): number {
    return this.#starts[line] ?? 0;
  }
}
