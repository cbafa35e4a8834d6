import { Marked } from 'marked';
import type { Block } from '../../knowledge/passages.js';
import { readHtml } from './html-blocks.js';

/** A file that an operator adds. */
export interface ReadDocument {
  /** As the document itself says it. */
  readonly title?: string;
  /** ISO 639-1, as the document itself says it. */
  readonly language?: string;
  readonly blocks: readonly Block[];
}

/** A file whose format is not read, or that is broken. `message` is one line for the operator. */
export class DocumentError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DocumentError';
  }
}

const READERS: Readonly<Record<string, (text: string) => ReadDocument>> = {
  md: readMarkdown,
  markdown: readMarkdown,
  html: readPage,
  htm: readPage,
  txt: readText,
};

/**
 * Reads a file by the ending of its name.
 * @throws DocumentError when the ending is another, or the content is not UTF-8
 */
export function readDocument(fileName: string, content: Uint8Array): ReadDocument {
  const ending = /\.([^./\\]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
  const read = Object.hasOwn(READERS, ending) ? READERS[ending] : undefined;
  if (!read) {
    throw new DocumentError(
      ending === 'pdf'
        ? 'PDF is not read: make text of it first, with pdftotext for example'
        : `the name of the file must end with ${Object.keys(READERS)
            .map((format) => `.${format}`)
            .join(', ')}`,
    );
  }
  return read(textOf(content));
}

/** NUL would be refused by PostgreSQL; the composed form is what people type when they search. */
function textOf(content: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content);
    return text.replaceAll('\0', '').normalize('NFC');
  } catch (error) {
    throw new DocumentError('the file is not UTF-8', { cause: error });
  }
}

/** Metadata that some generators of sites put before the text; it would be read as a heading. */
const FRONT_MATTER = /^---\r?\n[\s\S]*?\r?\n---\r?\n/;

function readMarkdown(text: string): ReadDocument {
  return readHtml(new Marked({ async: false }).parse(text.replace(FRONT_MATTER, '')) as string);
}

function readPage(text: string): ReadDocument {
  const { language, ...page } = readHtml(text);
  // `en-GB` is English.
  const short = language?.split('-')[0]?.toLowerCase();
  return { ...page, ...(short && { language: short }) };
}

function readText(text: string): ReadDocument {
  const paragraphs = text.split(/\r?\n[^\S\n]*\r?\n/);
  return {
    blocks: paragraphs
      .map((paragraph) => ({ headings: [], text: paragraph.replaceAll(/\s+/g, ' ').trim() }))
      .filter(({ text }) => text !== ''),
  };
}
