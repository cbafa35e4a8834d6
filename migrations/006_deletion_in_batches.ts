import type { Knex } from 'knex';

/**
 * A conversation without a user was deleted: nobody can read it, and its rows are removed in batches. The indexes are for
 * what else is removed in time: login sessions that expired, and refresh tokens that were used.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table conversations alter column user_id drop not null;
    create index conversations_deleted on conversations (id) where user_id is null;
    create index login_sessions_by_expiry on login_sessions (expires_at);
    create index refresh_tokens_by_use on refresh_tokens (used_at) where used_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index refresh_tokens_by_use;
    drop index login_sessions_by_expiry;
    drop index conversations_deleted;
    delete from conversations where user_id is null;
    alter table conversations alter column user_id set not null;
  `);
}
