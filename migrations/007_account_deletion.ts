import type { Knex } from 'knex';

/**
 * A user with `deleted_at` has deleted the account: name, email, password and issuer are gone from the row, and what else
 * is theirs is erased in batches. `log_erasures` are the logs of deleted answers whose text is still to be erased: an
 * erasure survives the process that asked for it, and an outage of Redis.
 *
 * `last_used_at` and `user_agent` are what a person recognizes a session by. The last index is for sessions that were ended
 * and are removed in time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table users add column deleted_at timestamptz(3);
    create index users_deleted on users (id) where deleted_at is not null;

    create table log_erasures (
      generation_id uuid primary key,
      conversation_id uuid not null,
      seq integer not null,
      created_at timestamptz(3) not null default now()
    );

    alter table login_sessions
      add column last_used_at timestamptz(3),
      add column user_agent text check (char_length(user_agent) <= 400);
    create index login_sessions_by_revocation on login_sessions (revoked_at) where revoked_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index login_sessions_by_revocation;
    alter table login_sessions drop column user_agent, drop column last_used_at;
    drop table log_erasures;
    delete from users where deleted_at is not null;
    drop index users_deleted;
    alter table users drop column deleted_at;
  `);
}
