import type { Knex } from 'knex';
import type { CreatedUser, LocalUser, UserEntry, UserStore } from '../../account/ports.js';
import { isId } from '../../conversation/ids.js';
import { toUser, type UserRow } from './user-row.js';

interface EntryRow extends UserRow {
  readonly kind: UserEntry['kind'];
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly conversations: number;
  readonly sessions: number;
}

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
       from users u where deleted_at is null order by created_at, id`,
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
      'select id from users where deleted_at is null and (id = :id or lower(email) = lower(:email))',
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
}
