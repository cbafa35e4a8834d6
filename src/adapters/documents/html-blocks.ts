import { Parser } from 'htmlparser2';
import type { Block } from '../../knowledge/passages.js';

/** What is read of a page. */
export interface HtmlDocument {
  /** The first `h1`, or else `title`. */
  readonly title?: string;
  /** `lang` of the page. */
  readonly language?: string;
  readonly blocks: readonly Block[];
}

/** Elements that readers do not see, and elements that are the same on every page of a site. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'svg',
  'nav',
  'footer',
  'aside',
  'form',
  'iframe',
  'object',
]);

/** A word does not go on past the beginning or the end of these. */
const BLOCKS: ReadonlySet<string> = new Set(
  (
    'address article blockquote body br caption dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 head header ' +
    'hr html li main ol p pre section summary table tbody tfoot thead title tr ul'
  ).split(' '),
);
const CELLS: ReadonlySet<string> = new Set(['td', 'th']);
const HEADING = /^h([1-6])$/;

/** Reads the text of a page: its paragraphs, items and table rows under their headings. Never throws: HTML has no errors. */
export function readHtml(html: string): HtmlDocument {
  const reader = new HtmlReader();
  const parser = new Parser({
    onopentag: (name, attributes) => reader.open(name, attributes),
    ontext: (text) => reader.text(text),
    onclosetag: (name) => reader.close(name),
  });
  parser.end(html);
  return reader.end();
}

class HtmlReader {
  readonly #blocks: Block[] = [];
  /** By level: `[undefined, 'Fever', 'Children']`; the place of a level that was skipped is empty. */
  #headings: (string | undefined)[] = [];
  #text = '';
  /** How deep it is in what is left out. */
  #leftOut = 0;
  #inTitle = false;
  #firstHeading: string | undefined;
  #pageTitle: string | undefined;
  #language: string | undefined;

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (LEFT_OUT.has(name)) this.#leftOut += 1;
    if (BLOCKS.has(name)) this.#endBlock();
    if (name === 'html') this.#language = attributes['lang'];
    if (name === 'title') this.#inTitle = true;
    if (CELLS.has(name) && this.#text.trim() !== '') this.#text += ' | ';
  }

  text(text: string): void {
    if (this.#leftOut === 0) this.#text += text;
  }

  close(name: string): void {
    if (LEFT_OUT.has(name)) this.#leftOut = Math.max(0, this.#leftOut - 1);
    else if (name === 'title') {
      this.#pageTitle ??= this.#take();
      this.#inTitle = false;
    } else if (HEADING.test(name)) this.#endHeading(Number(name[1]));
    else if (BLOCKS.has(name)) this.#endBlock();
  }

  end(): HtmlDocument {
    this.#endBlock();
    const title = this.#firstHeading ?? this.#pageTitle;
    return {
      ...(title && { title }),
      ...(this.#language && { language: this.#language }),
      blocks: this.#blocks,
    };
  }

  #endHeading(level: number): void {
    const heading = this.#take();
    if (heading === '') return;
    if (level === 1 && this.#firstHeading === undefined) {
      // It is the title of the document, which every passage has anyway.
      this.#firstHeading = heading;
      this.#headings = [];
      return;
    }
    this.#headings.length = level;
    this.#headings[level] = heading;
  }

  #endBlock(): void {
    if (this.#inTitle) return;
    const text = this.#take();
    const headings = this.#headings.filter((heading) => heading !== undefined);
    if (text !== '') this.#blocks.push({ headings, text });
  }

  #take(): string {
    const text = this.#text.replaceAll(/\s+/g, ' ').trim();
    this.#text = '';
    return text;
  }
}
