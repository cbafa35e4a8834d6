import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DocumentError, readDocument } from '../../adapters/documents/read-document.js';
import type { NewDocument } from '../../knowledge/document.js';
import { cutIntoPassages } from '../../knowledge/passages.js';
import { CliError, usage } from '../exit.js';

/** What an operator says about a document. */
export interface DocumentOptions {
  readonly name?: string | undefined;
  readonly title?: string | undefined;
  readonly url?: string | undefined;
  readonly language?: string | undefined;
  readonly by?: string | undefined;
  readonly 'review-by'?: string | undefined;
}

/** Bytes: about a book. */
const LARGEST_FILE = 10_000_000;
/** Of names, titles and curators, in UTF-16 units: they are shown with every answer. */
const LONGEST_LINE = 200;
const LONGEST_URL = 2000;

/** The document in a file, cut into passages. @throws CliError */
export async function documentIn(file: string, options: DocumentOptions): Promise<NewDocument> {
  const curatedBy = line('by', options.by);
  if (curatedBy === undefined) throw usage('--by is missing: who answers for the content');
  const name = line('name', options.name ?? basename(file)) ?? basename(file);
  const url = address(options.url);
  const reviewBy = day(options['review-by']);
  const chosen = language(options.language);
  const given = line('title', options.title);
  const { title, language: own, blocks } = await read(file);
  const passages = cutIntoPassages(blocks);
  if (passages.length === 0) throw new CliError(`${file}: no text was found in it`);
  return {
    name,
    title: given ?? (title ? title.slice(0, LONGEST_LINE) : name),
    ...(url !== undefined && { url }),
    language: chosen ?? own ?? 'en',
    curatedBy,
    ...(reviewBy !== undefined && { reviewBy }),
    passages,
  };
}

async function read(file: string): Promise<ReturnType<typeof readDocument>> {
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${file} cannot be read: ${error.code}`);
  });
  if (content.length > LARGEST_FILE) {
    throw new CliError(`${file} has more than ${LARGEST_FILE / 1_000_000} MB: add it in parts`);
  }
  try {
    return readDocument(file, content);
  } catch (error) {
    if (error instanceof DocumentError) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
}

function line(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.trim() !== '' && text.length <= LONGEST_LINE && !/\p{C}/u.test(text)) return text.trim();
  throw usage(`--${option} must be one line of at most ${LONGEST_LINE} characters`);
}

/** Only what a page may link to. */
function address(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length <= LONGEST_URL && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) {
    return text;
  }
  throw usage('--url must be an address that starts with http:// or https://');
}

function day(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // `2026-02-30` parses as a day of March.
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text;
  throw usage('--review-by must be a day like 2027-06-30');
}

function language(text: string | undefined): string | undefined {
  if (text === undefined || /^[a-z]{2,3}$/.test(text)) return text;
  throw usage('--language must be a code like en or de');
}
