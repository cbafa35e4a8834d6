import type { Knex } from 'knex';
import type { CreatedUser, LocalUser, RemovedUser, UserEntry, UserStore } from '../../account/ports.js';
import { isId } from '../../conversation/ids.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import { disown } from './deletion.js';
import { toUser, type UserRow } from './user-row.js';

interface EntryRow extends UserRow {
  readonly kind: UserEntry['kind'];
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly conversations: number;
  readonly sessions: number;
}

/** Conversations or sessions of a user that one transaction removes. */
const BATCH = 200;
/** Longer than any `STREAM_RETENTION_SECONDS`: an operator's command does not know the gateway's. */
const LOG_SECONDS = 2_000_000;

/** Users as an operator sees them. */
export class PostgresUserStore implements UserStore {
  readonly #database: Knex;

  constructor(database: Knex) {
    this.#database = database;
  }

  async addUser({ id, name, login }: LocalUser): Promise<CreatedUser> {
    const { rows } = await this.#database.raw<{ rows: UserRow[] }>(
      `insert into users (id, name, email, password_hash) values (:id, :name, :email, :passwordHash)
       on conflict (lower(email)) do nothing
       returning id, email, name, created_at`,
      { id, name, ...login },
    );
    return rows[0] ? { kind: 'created', user: toUser(rows[0]) } : { kind: 'email_taken' };
  }

  async listUsers(): Promise<readonly UserEntry[]> {
    const { rows } = await this.#database.raw<{ rows: EntryRow[] }>(
      `select id, email, name, created_at, issuer, subject,
         case when is_demo then 'demo' when issuer is null then 'local' else 'outside' end as kind,
         (select count(*)::int from conversations c where c.user_id = u.id) as conversations,
         (select count(*)::int from login_sessions s
          where s.user_id = u.id and s.revoked_at is null and s.expires_at > now()) as sessions
       from users u order by created_at, id`,
    );
    return rows.map((row) => ({
      ...toUser(row),
      kind: row.kind,
      issuer: row.issuer,
      subject: row.subject,
      conversations: row.conversations,
      sessions: row.sessions,
    }));
  }

  async findUserId(emailOrId: string): Promise<string | undefined> {
    const { rows } = await this.#database.raw<{ rows: { id: string }[] }>(
      'select id from users where id = :id or lower(email) = lower(:email)',
      { id: isId(emailOrId) ? emailOrId : null, email: emailOrId },
    );
    return rows[0]?.id;
  }

  async setPassword(id: string, passwordHash: string): Promise<boolean> {
    const changed = await this.#database('users')
      .update({ password_hash: passwordHash })
      .where({ id })
      .whereNotNull('email');
    return changed > 0;
  }

  async revokeSessions(id: string): Promise<number> {
    return this.#database('login_sessions')
      .update({ revoked_at: this.#database.fn.now() })
      .where({ user_id: id, revoked_at: null })
      .andWhere('expires_at', '>', this.#database.fn.now());
  }

  async removeUser(id: string): Promise<RemovedUser> {
    const { rows: sums } = await this.#database.raw<{ rows: [{ answers: number }] }>(
      'select coalesce(sum(last_seq), 0)::int as answers from conversations where user_id = :id',
      { id },
    );
    const logs: GenerationRef[] = [];
    // Most of it in batches, so that no transaction is long, and what comes meanwhile in the last one, with the user.
    while (await this.#removeSome(id, logs)) {
      // There may be more.
    }
    await this.#database.transaction(async (transaction) => {
      await transaction('users').where({ id }).forUpdate().select('id');
      logs.push(...(await disownAll(transaction, id, Number.MAX_SAFE_INTEGER)));
      await transaction('users').where({ id }).delete();
    });
    return { answers: sums[0].answers, logs };
  }

  /** Some conversations and sessions; false when there were none. */
  #removeSome(id: string, logs: GenerationRef[]): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const { rows: sessions } = await transaction.raw<{ rows: unknown[] }>(
        `delete from login_sessions where id in (select id from login_sessions where user_id = :id limit ${BATCH})
         returning id`,
        { id },
      );
      const { rows: conversations } = await transaction.raw<{ rows: unknown[] }>(
        'select from conversations where user_id = :id limit 1',
        { id },
      );
      logs.push(...(await disownAll(transaction, id, BATCH)));
      return sessions.length > 0 || conversations.length > 0;
    });
  }
}

async function disownAll(
  transaction: Knex.Transaction,
  userId: string,
  limit: number,
): Promise<readonly GenerationRef[]> {
  const found = await transaction('conversations')
    .where({ user_id: userId })
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .select<{ id: string }[]>('id');
  return disown(
    transaction,
    found.map((row) => row.id),
    LOG_SECONDS,
  );
}
