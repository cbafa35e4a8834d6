import type { Knex } from 'knex';
import type {
  AccountStore,
  ChangedProfile,
  CreatedUser,
  FoundRefreshToken,
  NewSession,
  NewUser,
  ProfileChange,
  Rotated,
  Session,
  StoredPassword,
} from '../../account/ports.js';
import type { Principal } from '../../account/principal.js';
import { SESSION_SECONDS } from '../../account/refresh.js';
import { TICKET_SECONDS } from '../../account/tickets.js';
import type { User } from '../../account/user.js';
import { rotate } from './refresh-rotation.js';
import { rows } from './rows.js';
import { toUser, type UserRow } from './user-row.js';

/** Who may speak, in Postgres. What has expired is removed by `PostgresPurge`. */
export class PostgresAccountStore implements AccountStore {
  readonly #db: Knex;

  constructor(db: Knex) {
    this.#db = db;
  }

  async createUser({ id, name, login }: NewUser, session: NewSession): Promise<CreatedUser> {
    return this.#db.transaction(async (tx) => {
      const { rows } = await tx.raw<{ rows: UserRow[] }>(
        `insert into users (id, name, email, password_hash, is_demo)
         values (:id, :name, :email, :passwordHash, :isDemo)
         on conflict (lower(email)) do nothing
         returning id, email, name, created_at`,
        {
          id,
          name,
          email: login?.email ?? null,
          passwordHash: login?.passwordHash ?? null,
          isDemo: login === undefined,
        },
      );
      if (!rows[0]) return { kind: 'email_taken' };
      await insertSession(tx, id, session);
      return { kind: 'created', user: toUser(rows[0]) };
    });
  }

  async openSession(userId: string, session: NewSession): Promise<void> {
    await insertSession(this.#db, userId, session);
  }

  async findUser(id: string): Promise<User | undefined> {
    const { rows } = await this.#db.raw<{ rows: UserRow[] }>(
      'select id, email, name, created_at from users where id = :id and deleted_at is null',
      { id },
    );
    return rows[0] && toUser(rows[0]);
  }

  async findPassword(email: string): Promise<StoredPassword | undefined> {
    const { rows } = await this.#db.raw<{ rows: (UserRow & { password_hash: string })[] }>(
      'select id, email, name, created_at, password_hash from users where lower(email) = lower(:email)',
      { email },
    );
    return rows[0] && { user: toUser(rows[0]), hash: rows[0].password_hash };
  }

  async findPasswordOf(userId: string): Promise<StoredPassword | undefined> {
    const { rows } = await this.#db.raw<{ rows: (UserRow & { password_hash: string })[] }>(
      `select id, email, name, created_at, password_hash from users
       where id = :userId and password_hash is not null`,
      { userId },
    );
    return rows[0] && { user: toUser(rows[0]), hash: rows[0].password_hash };
  }

  async changePassword(userId: string, passwordHash: string): Promise<void> {
    await this.#db.raw(
      'update users set password_hash = :passwordHash where id = :userId and password_hash is not null',
      { userId, passwordHash },
    );
  }

  async changeProfile(userId: string, { name, email }: ProfileChange): Promise<ChangedProfile> {
    try {
      const { rows } = await this.#db.raw<{ rows: UserRow[] }>(
        `update users set
           name = case when :changesName then :name else name end,
           email = case when :email::text is null or email is null then email else :email end
         where id = :userId and deleted_at is null
         returning id, email, name, created_at`,
        { userId, changesName: name !== undefined, name: name ?? null, email: email ?? null },
      );
      return rows[0] ? { kind: 'changed', user: toUser(rows[0]) } : { kind: 'gone' };
    } catch (error) {
      if ((error as { constraint?: string }).constraint === 'users_email') return { kind: 'email_taken' };
      throw error;
    }
  }

  async findRefreshToken(hash: Buffer): Promise<FoundRefreshToken | undefined> {
    const [row] = await rows<{ user_id: string; used: boolean }>(
      this.#db,
      `select s.user_id, t.used_at is not null as used
       from refresh_tokens t join login_sessions s on s.id = t.session_id
       where t.hash = ? and t.expires_at > now() and s.revoked_at is null and s.expires_at > now()`,
      [hash],
    );
    return row && { userId: row.user_id, used: row.used };
  }

  async rotate(used: Buffer, successor: Buffer): Promise<Rotated> {
    return this.#db.transaction((tx) => rotate(tx, used, successor));
  }

  async revokeSession(id: string): Promise<void> {
    await this.#db('login_sessions')
      .update({ revoked_at: this.#db.fn.now() })
      .where({ id, revoked_at: null });
  }

  async listSessions(userId: string, limit: number, before?: string): Promise<readonly Session[]> {
    const { rows } = await this.#db.raw<{ rows: SessionRow[] }>(
      `select id, created_at, coalesce(last_used_at, created_at) as last_used_at, expires_at, user_agent
       from login_sessions
       where user_id = :userId and revoked_at is null and expires_at > now()
         and (:before::uuid is null or id < :before)
       order by id desc limit :limit`,
      { userId, limit, before: before ?? null },
    );
    return rows.map((row) => ({
      id: row.id,
      createdAt: row.created_at.toISOString(),
      lastUsedAt: row.last_used_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      userAgent: row.user_agent,
    }));
  }

  async endSession(userId: string, id: string): Promise<boolean> {
    const ended = await this.#db('login_sessions')
      .update({ revoked_at: this.#db.fn.now() })
      .where({ id, user_id: userId, revoked_at: null })
      .andWhere('expires_at', '>', this.#db.fn.now());
    return ended > 0;
  }

  async endOtherSessions(userId: string, kept?: string): Promise<void> {
    await this.#db.raw(
      `update login_sessions set revoked_at = now()
       where user_id = :userId and revoked_at is null and id is distinct from :kept::uuid`,
      { userId, kept: kept ?? null },
    );
  }

  async deletedAmong(userIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.#db.raw<{ rows: { id: string }[] }>(
      `select id from unnest(:userIds::uuid[]) as asked (id)
       where not exists (select from users u where u.id = asked.id and u.deleted_at is null)`,
      { userIds: [...userIds] },
    );
    return rows.map(({ id }) => id);
  }

  async revokedAmong(ids: readonly string[]): Promise<string[]> {
    const { rows } = await this.#db.raw<{ rows: { id: string }[] }>(
      `select id from unnest(:ids::uuid[]) as asked (id)
       where not exists (
         select from login_sessions s where s.id = asked.id and s.revoked_at is null and s.expires_at > now())`,
      { ids: [...ids] },
    );
    return rows.map(({ id }) => id);
  }

  async isLive(userId: string, sessionId?: string): Promise<boolean> {
    const found = await rows(
      this.#db,
      `select 1 from users u
       where u.id = ? and u.deleted_at is null and (?::uuid is null or exists (
         select from login_sessions s
         where s.id = ? and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()))`,
      [userId, sessionId ?? null, sessionId ?? null],
    );
    return found.length > 0;
  }

  async findOutsideUser(issuer: string, subject: string): Promise<string | undefined> {
    const row = await this.#db<UserRow & { issuer: string; subject: string }>('users')
      .first('id')
      .where({ issuer, subject });
    return row?.id;
  }

  async provision(id: string, issuer: string, subject: string): Promise<string> {
    // `do update` with the same values returns the row. When two first requests come at once, `do nothing` would return no
    // row to the second.
    const { rows } = await this.#db.raw<{ rows: [{ id: string }] }>(
      `insert into users (id, issuer, subject) values (:id, :issuer, :subject)
       on conflict (issuer, subject) do update set subject = excluded.subject
       returning id`,
      { id, issuer, subject },
    );
    return rows[0].id;
  }

  async saveTicket(hash: Buffer, { userId, sessionId, expiresAt }: Principal): Promise<void> {
    await this.#db.raw(
      `insert into stream_tickets (hash, user_id, session_id, token_expires_at, expires_at)
       values (:hash, :userId, :sessionId, :expiresAt, now() + make_interval(secs => ${TICKET_SECONDS}))`,
      { hash, userId, sessionId: sessionId ?? null, expiresAt },
    );
  }

  async redeemTicket(hash: Buffer): Promise<Principal | undefined> {
    const { rows } = await this.#db.raw<{ rows: TicketRow[] }>(
      `delete from stream_tickets t where hash = :hash
       returning user_id, session_id, token_expires_at,
         t.expires_at > now() and t.token_expires_at > now() and (t.session_id is null or exists (
           select from login_sessions s
           where s.id = t.session_id and s.revoked_at is null and s.expires_at > now())) as good`,
      { hash },
    );
    const ticket = rows[0];
    if (!ticket?.good) return undefined;
    return {
      userId: ticket.user_id,
      expiresAt: ticket.token_expires_at,
      ...(ticket.session_id !== null && { sessionId: ticket.session_id }),
    };
  }
}

interface SessionRow {
  id: string;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
  user_agent: string | null;
}

interface TicketRow {
  user_id: string;
  session_id: string | null;
  token_expires_at: Date;
  good: boolean;
}

async function insertSession(
  tx: Knex,
  userId: string,
  { id, refreshHash, userAgent }: NewSession,
): Promise<void> {
  await tx.raw(
    `with session as (
       insert into login_sessions (id, user_id, user_agent, expires_at)
       values (:id, :userId, :userAgent, now() + make_interval(secs => ${SESSION_SECONDS}))
       returning id, expires_at)
     insert into refresh_tokens (hash, session_id, expires_at) select :refreshHash, id, expires_at from session`,
    { id, userId, refreshHash, userAgent: userAgent ?? null },
  );
}
