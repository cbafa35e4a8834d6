import type { Knex } from 'knex';

/**
 * A client of another protocol has a name of its own for a conversation (`id` of a chat, `threadId`). The unique index makes
 * two first sends at the same time find one conversation.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table conversations add column client_name text check (char_length(client_name) between 1 and 200);
    create unique index conversations_by_client_name on conversations (user_id, client_name)
      where client_name is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table conversations drop column client_name');
}
