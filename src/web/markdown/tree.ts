import type { Token } from 'markdown-it';
import { partsOf } from './links.js';

export type Node = string | Element;

/** An element of the page. Nothing else comes out of Markdown, and no attribute but these. */
export interface Element {
  readonly tag: Tag;
  readonly attributes: Attributes;
  readonly children: Node[];
}

export interface Attributes {
  readonly href?: string;
  readonly title?: string;
  /** The number of an item, as it is written. */
  readonly value?: number;
  /** What stands after the number of an item, if that is no dot. */
  readonly delimiter?: ')';
  readonly align?: 'left' | 'center' | 'right';
  /** Of a block of code. */
  readonly language?: string;
}

const TAGS = [
  'a',
  'blockquote',
  'br',
  'code',
  'em',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
  'li',
  'ol',
  'p',
  'pre',
  's',
  'strong',
  'table',
  'tbody',
  'td',
  'th',
  'thead',
  'tr',
  'ul',
] as const;
export type Tag = (typeof TAGS)[number];

/** Elements in each other. What is deeper is shown without its own element: React recurses into each level. */
const DEEPEST = 60;

/** Builds the elements of one block out of its tokens. */
export function treeOf(tokens: readonly Token[]): readonly Node[] {
  const builder = new TreeBuilder();
  for (const token of tokens) builder.add(token);
  return builder.nodes;
}

class TreeBuilder {
  readonly nodes: Node[] = [];
  /** `null` is an element that is too deep. */
  readonly #open: (Element | null)[] = [];
  #target: Node[] = this.nodes;
  #links = 0;

  add(token: Token): void {
    if (token.hidden) return;
    if (token.type === 'inline') for (const child of token.children ?? []) this.add(child);
    else if (token.nesting > 0) this.#openElement(token);
    else if (token.nesting < 0) this.#closeElement(token);
    else this.#addLeaf(token);
  }

  #openElement(token: Token): void {
    if (token.type === 'link_open') this.#links += 1;
    if (this.#open.length >= DEEPEST) {
      this.#open.push(null);
      this.#text(token.markup);
      return;
    }
    const element: Element = { tag: tagOf(token), attributes: attributesOf(token), children: [] };
    this.#target.push(element);
    this.#open.push(element);
    this.#target = element.children;
  }

  #closeElement(token: Token): void {
    if (token.type === 'link_close') this.#links -= 1;
    const closed = this.#open.pop();
    if (closed === null) return this.#text(token.markup);
    this.#target = this.#open.findLast((element) => element !== null)?.children ?? this.nodes;
    if (closed?.tag === 'a') keepBrackets(closed);
    if (closed?.tag === 'ol') numberItems(closed);
    if (closed?.tag === 'li') markTask(closed);
  }

  #addLeaf(token: Token): void {
    const { type, content } = token;
    switch (type) {
      case 'text':
      case 'text_special':
        return this.#links > 0 ? this.#text(content) : this.#linkedText(content);
      case 'softbreak':
      case 'hardbreak':
        return void this.#target.push(element('br'));
      case 'code_inline':
        return void this.#target.push(element('code', [content]));
      case 'code_block':
      case 'fence':
        return void this.#target.push(codeBlock(token));
      case 'image':
        return this.#image(token);
      case 'formula':
        return void this.#target.push(element('p', withBreaks(content)));
      case 'hr':
        return void this.#target.push(element('hr'));
      default:
        return this.#text(content);
    }
  }

  /** A link to it: loading it would tell a stranger who reads what. */
  #image(token: Token): void {
    const href = String(token.attrGet('src') ?? '');
    const label = textOf(treeOf(token.children ?? [])) || href;
    if (this.#links > 0) this.#text(label);
    else this.#target.push(element('a', [label], { href }));
  }

  #linkedText(content: string): void {
    for (const { text, href } of partsOf(content)) {
      if (href === undefined) this.#text(text);
      else this.#target.push(element('a', [text], { href }));
    }
  }

  #text(content: string): void {
    if (content === '') return;
    const last = this.#target.at(-1);
    if (typeof last === 'string') this.#target[this.#target.length - 1] = last + content;
    else this.#target.push(content);
  }
}

function element(tag: Tag, children: Node[] = [], attributes: Attributes = {}): Element {
  return { tag, attributes, children };
}

function tagOf({ type, tag }: Token): Tag {
  // The page and the message have headings of their own above these.
  if (type === 'heading_open') return `h${Math.min(Number(tag.slice(1)) + 2, 6)}` as Tag;
  if (!TAGS.includes(tag as Tag)) throw new Error(`there is no element for ${type}`);
  return tag as Tag;
}

function attributesOf(token: Token): Attributes {
  switch (token.type) {
    case 'link_open': {
      const title = token.attrGet('title');
      return { href: String(token.attrGet('href')), ...(title !== null && { title: String(title) }) };
    }
    case 'list_item_open':
      return {
        ...(token.info !== '' && { value: Number(token.info) }),
        ...(token.markup === ')' && { delimiter: ')' }),
      };
    case 'th_open':
    case 'td_open': {
      const [, align] = /^text-align:(left|center|right)$/.exec(String(token.attrGet('style'))) ?? [];
      return align === undefined ? {} : { align: align as 'left' };
    }
    default:
      return {};
  }
}

function codeBlock({ content, info }: Token): Element {
  const language = info.trim();
  return element('pre', [element('code', [content])], language === '' ? {} : { language });
}

function withBreaks(content: string): Node[] {
  return content.split('\n').flatMap((line, index) => (index === 0 ? [line] : [element('br'), line]));
}

/** `5[1](https://…)` would be shown as 51. */
function keepBrackets({ children }: Element): void {
  if (!/^\d+$/.test(textOf(children))) return;
  children.unshift('[');
  children.push(']');
}

/** Items have the numbers that are written, but where all are the same: `1.` before each asks to be counted. */
function numberItems({ children }: Element): void {
  const items = children.filter((item) => typeof item !== 'string');
  const first = items[0]?.attributes.value ?? 1;
  if (!items.every(({ attributes }) => attributes.value === first)) return;
  for (const [index, item] of items.entries()) {
    children[index] = { ...item, attributes: { ...item.attributes, value: first + index } };
  }
}

/** `- [x] done` */
function markTask({ children }: Element): void {
  const [first] = children;
  const text = typeof first === 'object' && first.tag === 'p' ? first.children : children;
  const [words] = text;
  if (typeof words !== 'string') return;
  text[0] = words.replace(/^\[([ x])\] /i, (_, mark) => (mark === ' ' ? '☐ ' : '☑ '));
}

/** The words of a tree alone. */
export function textOf(nodes: readonly Node[]): string {
  return nodes.map((node) => (typeof node === 'string' ? node : textOf(node.children))).join('');
}
