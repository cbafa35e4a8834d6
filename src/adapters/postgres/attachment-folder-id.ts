import type { Knex } from 'knex';
import { uuidv7 } from 'uuidv7';
import { rows } from './rows.js';

/** The id of the folder in which this database has attachments; undefined when it has never had one. */
export async function folderId(database: Knex): Promise<string | undefined> {
  const [folder] = await rows<{ id: string }>(database, 'select id from attachment_folder', []);
  return folder?.id;
}

/** As `folderId`. Processes that start at once agree on one. */
export async function newFolderId(database: Knex): Promise<string> {
  await rows(database, 'insert into attachment_folder (id) values (?) on conflict do nothing', [uuidv7()]);
  const id = await folderId(database);
  if (id === undefined) throw new Error('the id of the attachment folder is gone');
  return id;
}

/** Whether files of attachments are in a folder, or are still to be removed from there. */
export async function hasFiles(database: Knex): Promise<boolean> {
  const [found] = await rows<{ some: boolean }>(
    database,
    `select exists (select from attachments where in_folder) or exists (select from attachment_erasures) as some`,
    [],
  );
  return found?.some ?? false;
}
