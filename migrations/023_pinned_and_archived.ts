import type { Knex } from 'knex';

/**
 * Conversations that a person keeps at the top of the list, and those that are put away. The indexes have these alone, so the
 * update that each message makes to its conversation costs others nothing.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table conversations add column pinned boolean not null default false,
      add column archived boolean not null default false;
    create index conversations_pinned on conversations (user_id, updated_at desc, id desc) where pinned;
    create index conversations_archived on conversations (user_id, updated_at desc, id desc) where archived;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table conversations drop column pinned, drop column archived');
}
