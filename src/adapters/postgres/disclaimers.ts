import type { Knex } from 'knex';
import { rows } from './rows.js';

/** The disclaimers of operators that answers of this deployment have ended with so far, in no order. */
export async function recordedDisclaimers(database: Knex): Promise<string[]> {
  const found = await rows<{ text: string }>(database, 'select text from disclaimers', []);
  return found.map(({ text }) => text);
}

/** Before the first answer ends with it. Again it changes nothing. */
export async function recordDisclaimer(database: Knex, text: string): Promise<void> {
  await rows(
    database,
    `insert into disclaimers (hash, text) values (sha256(convert_to(?, 'UTF8')), ?) on conflict do nothing`,
    [text, text],
  );
}
