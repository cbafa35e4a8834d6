import type { Knex } from 'knex';
import type { Rotated } from '../../account/ports.js';
import { REUSE_SECONDS, SESSION_SECONDS } from '../../account/refresh.js';
import { toUser, type UserRow } from './user-row.js';

/** One refresh, as of one moment: the locks make those of a family take turns. */
export async function rotate(tx: Knex, used: Buffer, successor: Buffer): Promise<Rotated> {
  const token = await lockToken(tx, used);
  if (!token) return { kind: 'refused' };
  const { session_id: sessionId } = token;

  if (!token.used) {
    await useUp(tx, sessionId, used, successor);
    return { kind: 'rotated', user: toUser(token), sessionId };
  }
  if (token.just_used && (await isUnused(tx, successor))) {
    return { kind: 'rotated', user: toUser(token), sessionId };
  }
  await tx('login_sessions').update({ revoked_at: tx.fn.now() }).where({ id: sessionId });
  return { kind: 'reused', userId: token.id, sessionId };
}

interface TokenRow extends UserRow {
  session_id: string;
  used: boolean;
  just_used: boolean;
}

/** A token that was never used or was used, of a session that lasts. */
async function lockToken(tx: Knex, hash: Buffer): Promise<TokenRow | undefined> {
  const { rows } = await tx.raw<{ rows: TokenRow[] }>(
    `select u.id, u.email, u.name, u.created_at, t.session_id, t.used_at is not null as used,
       t.used_at > now() - make_interval(secs => ${REUSE_SECONDS}) as just_used
     from refresh_tokens t
       join login_sessions s on s.id = t.session_id
       join users u on u.id = s.user_id
     where t.hash = :hash and t.expires_at > now() and s.revoked_at is null and s.expires_at > now()
     for update of t, s`,
    { hash },
  );
  return rows[0];
}

/** A statement of its own: it must see what committed while the lock was waited for. */
async function isUnused(tx: Knex, hash: Buffer): Promise<boolean> {
  const row = await tx('refresh_tokens').first('hash').where({ hash, used_at: null });
  return row !== undefined;
}

async function useUp(tx: Knex, sessionId: string, used: Buffer, successor: Buffer): Promise<void> {
  await tx('refresh_tokens')
    .update({ used_at: tx.fn.now(), successor_hash: successor })
    .where({ hash: used });
  await tx.raw(
    `with session as (
       update login_sessions
       set expires_at = now() + make_interval(secs => ${SESSION_SECONDS}), last_used_at = now()
       where id = :sessionId
       returning id, expires_at)
     insert into refresh_tokens (hash, session_id, expires_at) select :successor, id, expires_at from session`,
    { sessionId, successor },
  );
}
