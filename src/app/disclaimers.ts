import { readFile } from 'node:fs/promises';
import type { Knex } from 'knex';
import { recordDisclaimer, recordedDisclaimers } from '../adapters/postgres/disclaimers.js';
import { DISCLAIMER, type Disclaimers } from '../generation/disclaimer.js';
import { StartError } from '../start-error.js';

/** In characters. It ends every answer, so a long one costs each reader time and each later prompt a look. */
const LONGEST = 2000;

/**
 * The operator's disclaimer: plain text or Markdown in UTF-8, without the white space around it. Undefined without a file.
 *
 * @throws StartError, one line that names `DISCLAIMER_FILE`, for a file that cannot be read, is not UTF-8, is empty, has control
 * characters other than line breaks and tabs, or more than 2,000 characters
 */
export async function readDisclaimer(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`DISCLAIMER_FILE cannot be read: ${error.code}`, { cause: error });
  });
  const text = decoded(bytes).replaceAll('\r\n', '\n').trim();
  if (text === '') throw new StartError('DISCLAIMER_FILE is empty');
  if (Array.from(text).length > LONGEST)
    throw new StartError(`DISCLAIMER_FILE has more than ${LONGEST} characters`);
  if (/[^\P{Cc}\n\t]/u.test(text)) throw new StartError('DISCLAIMER_FILE has control characters');
  return text;
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new StartError('DISCLAIMER_FILE is not UTF-8', { cause: error });
  }
}

/** The disclaimer of this process with those of the past. A new one is recorded before any answer can end with it. */
export async function openDisclaimers(own: string | undefined, database: Knex): Promise<Disclaimers> {
  const recorded = await recordedDisclaimers(database);
  // Nothing is written when it is known: a process must also start beside a database that takes no writes.
  if (own !== undefined && !recorded.includes(own)) await recordDisclaimer(database, own);
  const current = own ?? DISCLAIMER;
  return { current, known: [...new Set([DISCLAIMER, current, ...recorded])] };
}
