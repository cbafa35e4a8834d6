import { Marked, type Token, type Tokens } from 'marked';

/** A paragraph, a list, a table … as HTML that is not sanitised yet. */
export interface Block {
  readonly kind: string;
  readonly html: string;
  /** The depths of the headings under which it stands, its own included: each deeper than the one before. */
  readonly headings: readonly number[];
}

/** Blocks at the end that more text may still change: a paragraph may turn out to go on the list before it. */
const OPEN_BLOCKS = 2;

/**
 * Cuts Markdown into blocks, again and again while it grows, and looks only at its end each time.
 * The result depends on the text alone, but for references to links that are defined later: those need `whole`.
 */
export class BlockCutter {
  #settled: readonly Block[] = [];
  /** The text of `#settled`. */
  #before = '';

  /** @param whole the text will not grow: read all of it once more */
  cut(text: string, whole: boolean): readonly Block[] {
    if (whole || !text.startsWith(this.#before)) {
      this.#settled = [];
      this.#before = '';
    }
    const rest = text.slice(this.#before.length);
    const tokens = MARKED.lexer(rest);
    const settling = settledTokens(tokens);
    const settledText = tokens.slice(0, settling).map(({ raw }) => raw);
    const blocks = blocksOf(tokens, this.#settled.at(-1)?.headings ?? []);
    // Characters that the lexer replaces make its tokens another text than ours: then nothing settles.
    if (rest.startsWith(settledText.join(''))) {
      const settled = [...this.#settled, ...shown(blocks.slice(0, settling))];
      this.#before += settledText.join('');
      this.#settled = settled;
      return [...settled, ...shown(blocks.slice(settling))];
    }
    return [...this.#settled, ...shown(blocks)];
  }
}

const MARKED = new Marked({
  gfm: true,
  renderer: {
    // The page and the message have headings of their own above these.
    heading({ tokens, depth }) {
      const level = Math.min(depth + 2, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    // Loading one would tell a stranger who reads what.
    image({ href, text }) {
      const label = text === '' ? href : text;
      return this.link({ type: 'link', raw: '', href, text: label, tokens: [textToken(label)] });
    },
    // Shown as it stands: a model that writes HTML is about to explain it, or has been talked into something.
    html: ({ text, block }) => {
      if (/^<br ?\/?>$/i.test(text)) return '<br>';
      return block ? `<p>${escaped(text.trim())}</p>` : escaped(text);
    },
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function textToken(text: string): Tokens.Text {
  return { type: 'text', raw: text, text, escaped: false };
}

/** How many tokens at the start can change no more. */
function settledTokens(tokens: readonly Token[]): number {
  const content = [...tokens.keys()].filter((index) => tokens[index]?.type !== 'space');
  return content.at(-OPEN_BLOCKS) ?? 0;
}

/** A heading goes one level below the one that it stands under: models begin at any depth, and leave some out. */
function blocksOf(tokens: readonly Token[], before: readonly number[]): readonly Block[] {
  let headings = before;
  return tokens.map((token) => {
    if (token.type !== 'heading') return { kind: token.type, html: MARKED.parser([token]), headings };
    const { depth } = token as Tokens.Heading;
    headings = [...headings.filter((other) => other < depth), depth];
    return { kind: token.type, html: MARKED.parser([{ ...token, depth: headings.length }]), headings };
  });
}

function shown(blocks: readonly Block[]): readonly Block[] {
  return blocks.filter(({ html }) => html !== '');
}
