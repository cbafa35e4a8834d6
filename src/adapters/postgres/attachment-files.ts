import type { Knex } from 'knex';
import type { AttachmentFolder, FoundFile } from '../attachments/attachment-folder.js';
import { rows } from './rows.js';

/** Files that one step removes. */
const ERASURES = 50;
/** Files that one statement looks up. */
const LOOKED_UP = 1000;
/**
 * How long a file may be without its row, in ms: an upload puts the file at its place just before it commits. It is far longer than a
 * transaction may take, and allows for clocks that differ.
 */
const ORPHAN_MS = 3_600_000;

/** Removes files of attachments that are deleted, and files that never got a row. */
export class PostgresAttachmentFiles {
  readonly #database: Knex;
  readonly #folder: AttachmentFolder;
  readonly #now: () => number;
  #next = 0;

  /** @param now the time, in ms */
  constructor(database: Knex, folder: AttachmentFolder, now: () => number = Date.now) {
    this.#database = database;
    this.#folder = folder;
    this.#now = now;
  }

  /** Some of the files whose attachment is deleted. Whether there are more. If a file cannot be removed, all are tried again later. */
  eraseSome(): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const deleted = await rows<{ attachment_id: string }>(
        transaction,
        `delete from attachment_erasures where attachment_id = any(array(
           select attachment_id from attachment_erasures limit ${ERASURES} for update skip locked
         )) returning attachment_id`,
        [],
      );
      for (const { attachment_id: id } of deleted) await this.#folder.remove(id);
      return deleted.length === ERASURES;
    });
  }

  /**
   * Looks at the next subfolder, and removes what uploads left there that were cut off an hour ago or before: files that were
   * being written, and files whose row was never committed. 257 calls are a round. How many it removed.
   */
  async sweepSome(): Promise<number> {
    const { shards } = this.#folder;
    const shard = shards[this.#next % shards.length] ?? '';
    this.#next += 1;
    const before = this.#now() - ORPHAN_MS;
    let removed = 0;
    let batch: FoundFile[] = [];
    const removeOrphans = async (): Promise<void> => {
      for (const file of await this.#withoutRow(batch)) {
        if (await this.#folder.removeOlder(file, before)) removed += 1;
      }
      batch = [];
    };
    for await (const file of this.#folder.files(shard)) {
      batch.push(file);
      if (batch.length === LOOKED_UP) await removeOrphans();
    }
    await removeOrphans();
    return removed;
  }

  async #withoutRow(files: readonly FoundFile[]): Promise<readonly FoundFile[]> {
    const ids = files.flatMap(({ id }) => id ?? []);
    if (ids.length === 0) return files;
    const found = await rows<{ id: string }>(
      this.#database,
      'select id from attachments where id = any(?::uuid[]) and in_folder',
      [ids],
    );
    const known = new Set(found.map(({ id }) => id));
    return files.filter(({ id }) => id === undefined || !known.has(id));
  }
}
