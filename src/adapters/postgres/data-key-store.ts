import type { Knex } from 'knex';
import type { WrappedKey } from '../encryption/data-key.js';
import type { DataKeyStore } from '../encryption/data-keys.js';
import { rows } from './rows.js';

const COLUMNS = 'd.id, d.user_id as "userId", d.master_key_id as "masterKeyId", d.wrapped';

/** Wrapped data keys, one a user, in Postgres. That of a deleted user goes with the account (`PostgresUserDeletion`). */
export class PostgresDataKeyStore implements DataKeyStore {
  readonly #database: Knex;

  constructor(database: Knex) {
    this.#database = database;
  }

  async find(id: string): Promise<WrappedKey | undefined> {
    const [found] = await rows<WrappedKey>(
      this.#database,
      `select ${COLUMNS} from data_keys d where id = ?`,
      [id],
    );
    return found;
  }

  async findOf(userId: string): Promise<WrappedKey | undefined> {
    const [found] = await rows<WrappedKey>(
      this.#database,
      `select ${COLUMNS} from data_keys d where user_id = ?`,
      [userId],
    );
    return found;
  }

  async add({ id, userId, masterKeyId, wrapped }: WrappedKey): Promise<WrappedKey | undefined> {
    // The lock makes it wait for a deletion: a key that came after it would outlive the account.
    await rows(
      this.#database,
      `insert into data_keys (id, user_id, master_key_id, wrapped)
       select ?, u.id, ?, ? from users u where u.id = ? and u.deleted_at is null for share
       on conflict (user_id) do nothing`,
      [id, masterKeyId, wrapped, userId],
    );
    return this.findOf(userId);
  }

  async ownerOf(conversationId: string): Promise<string | undefined> {
    const [found] = await rows<{ user_id: string | null }>(
      this.#database,
      'select user_id from conversations where id = ?',
      [conversationId],
    );
    return found?.user_id ?? undefined;
  }

  /** Ids of the master keys that data keys are wrapped with, each with one of its data keys. */
  async masterKeys(): Promise<readonly WrappedKey[]> {
    return rows<WrappedKey>(
      this.#database,
      `select distinct on (d.master_key_id) ${COLUMNS} from data_keys d order by d.master_key_id`,
      [],
    );
  }

  /**
   * Wraps some data keys again, those that are wrapped with another master key than this one. Gives how many it has found. Processes
   * that do so at once take different ones.
   */
  rewrapSome(
    current: string,
    limit: number,
    rewrap: (key: WrappedKey) => Promise<WrappedKey>,
  ): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      const found = await rows<WrappedKey>(
        transaction,
        `select ${COLUMNS} from data_keys d where master_key_id <> ? limit ? for update skip locked`,
        [current, limit],
      );
      for (const key of found) {
        const { id, masterKeyId, wrapped } = await rewrap(key);
        await rows(transaction, 'update data_keys set master_key_id = ?, wrapped = ? where id = ?', [
          masterKeyId,
          wrapped,
          id,
        ]);
      }
      return found.length;
    });
  }
}
