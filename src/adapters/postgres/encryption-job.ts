import type { Knex } from 'knex';
import type { Reencryption } from '../../worker/reencrypter.js';
import type { AttachmentFolder } from '../attachments/attachment-folder.js';
import type { Cipher } from '../encryption/cipher.js';
import { rewrap } from '../encryption/data-key.js';
import { EncryptionError } from '../encryption/encryption-error.js';
import type { KeyFile } from '../encryption/key-file.js';
import type { PostgresDataKeyStore } from './data-key-store.js';
import { backlog, type Table } from './encryption-backlog.js';
import { rows } from './rows.js';

/** Data keys that one step wraps again. */
const KEYS = 100;

/** Encrypts what was stored before encryption was switched on, and wraps data keys again after a change of the key file. */
export class PostgresEncryptionJob implements Reencryption {
  readonly #database: Knex;
  readonly #cipher: Cipher;
  readonly #file: KeyFile;
  readonly #keys: PostgresDataKeyStore;
  readonly #tables: readonly Table[];

  /** @param folder of attachments, if there is one */
  constructor(
    database: Knex,
    cipher: Cipher,
    file: KeyFile,
    keys: PostgresDataKeyStore,
    folder?: AttachmentFolder,
  ) {
    this.#database = database;
    this.#cipher = cipher;
    this.#file = file;
    this.#keys = keys;
    this.#tables = backlog(folder);
  }

  async rewrapSome(): Promise<number> {
    await this.#file.reload();
    const { current } = this.#file;
    return this.#keys.rewrapSome(current.id, KEYS, async (key) => {
      const master = await this.#file.find(key.masterKeyId);
      if (!master) {
        throw new EncryptionError(
          'no_master_key',
          `ENCRYPTION_KEY_FILE lacks the key ${key.masterKeyId}: data keys need it`,
        );
      }
      return rewrap(key, master, current);
    });
  }

  /** Rows of one step are locked until it ends. Workers that do so at once take different tables. */
  encryptSome(): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      await rows(
        transaction,
        'insert into encryption_progress (name, after) select unnest(?::text[]), array[]::text[] on conflict do nothing',
        [this.#tables.map(({ name }) => name)],
      );
      const [next] = await rows<{ name: string; after: readonly string[] }>(
        transaction,
        `select name, after from encryption_progress where not done and name = any(?)
         order by name limit 1 for update skip locked`,
        [this.#tables.map(({ name }) => name)],
      );
      const table = this.#tables.find(({ name }) => name === next?.name);
      if (!next || !table) return false;
      const last = await this.#encryptRows(transaction, table, next.after);
      await rows(transaction, 'update encryption_progress set after = ?, done = ? where name = ?', [
        last ?? next.after,
        last === undefined,
        next.name,
      ]);
      return true;
    });
  }

  /** Undefined when there is no row after `after`. */
  async #encryptRows(
    transaction: Knex.Transaction,
    table: Table,
    after: readonly string[],
  ): Promise<readonly string[] | undefined> {
    const found = await table.after(transaction, after);
    for (const { update } of found) await update?.(this.#cipher);
    return found.at(-1)?.key;
  }
}
