import type { Knex } from 'knex';
import type { DeletionStore, Disowned } from '../../account/ports.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { disown } from './deletion.js';
import { rows } from './rows.js';

/** Conversations of a user that one transaction disowns, beside those with a running or waiting answer. */
const CONVERSATIONS = 200;
/** Sessions that one transaction removes: each may have many tokens, which go with it. */
const SESSIONS = 20;

const WITH_OPEN_ANSWERS = `
  select id from conversations c where user_id = ?
    and exists (select from generations g where g.conversation_id = c.id and g.ended_at is null)
  order by id for update`;
const SOME = `select id from conversations where user_id = ? order by id limit ${CONVERSATIONS} for update`;

/** Deletes users: first the account, in one short transaction, then all the rest in batches. */
export class PostgresUserDeletion implements DeletionStore {
  readonly #database: Knex;
  readonly #logSeconds: number;
  readonly #onDeleted: () => void;

  /**
   * @param logSeconds how long after its end an answer's log may still be there
   * @param onDeleted called once an account, and with it its data key, is gone
   */
  constructor(database: Knex, logSeconds: number, onDeleted = () => {}) {
    this.#database = database;
    this.#logSeconds = logSeconds;
    this.#onDeleted = onDeleted;
  }

  async deleteUser(id: string): Promise<boolean> {
    const deleted = await this.#database.transaction(async (transaction) => {
      // Who they were goes at once: the email is free, and nobody signs in with it. Rows without identity are demo users.
      const deleted = await transaction('users').where({ id }).whereNull('deleted_at').update({
        deleted_at: transaction.fn.now(),
        name: null,
        email: null,
        password_hash: null,
        issuer: null,
        subject: null,
        is_demo: true,
      });
      if (deleted === 0) return false;
      await transaction('login_sessions')
        .where({ user_id: id, revoked_at: null })
        .update({ revoked_at: transaction.fn.now() });
      await transaction('stream_tickets').where({ user_id: id }).delete();
      await transaction('token_usage').where({ user_id: id }).delete();
      // What is left of the user's text, in whatever file or backup, cannot be read any more.
      await transaction('data_keys').where({ user_id: id }).delete();
      return true;
    });
    if (deleted) this.#onDeleted();
    return deleted;
  }

  disownConversations(userId: string): Promise<Disowned> {
    return this.#database.transaction(async (transaction) => {
      const [{ answers }] = (await rows<{ answers: number }>(
        transaction,
        'select coalesce(sum(last_seq), 0)::int as answers from conversations where user_id = ?',
        [userId],
      )) as [{ answers: number }];
      const logs = [
        ...(await this.#disown(transaction, WITH_OPEN_ANSWERS, userId)),
        ...(await this.#disown(transaction, SOME, userId)),
      ];
      return { answers, logs };
    });
  }

  /** Erases some of what is left of one deleted user, and in the end the user. False when there is no such user. */
  eraseSome(): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const [user] = await rows<{ id: string }>(
        transaction,
        'select id from users where deleted_at is not null order by id limit 1 for update skip locked',
        [],
      );
      if (!user) return false;
      await this.#disown(transaction, SOME, user.id);
      const sessions = await rows(
        transaction,
        `delete from login_sessions where id in (
           select id from login_sessions where user_id = ? limit ${SESSIONS}
         ) returning id`,
        [user.id],
      );
      if (sessions.length < SESSIONS) {
        await transaction.raw(
          `delete from users where id = ?
           and not exists (select from conversations where user_id = users.id)`,
          [user.id],
        );
      }
      return true;
    });
  }

  async #disown(
    transaction: Knex.Transaction,
    select: string,
    userId: string,
  ): Promise<readonly GenerationRef[]> {
    const found = await rows<{ id: string }>(transaction, select, [userId]);
    return disown(
      transaction,
      found.map((row) => row.id),
      this.#logSeconds,
    );
  }
}
