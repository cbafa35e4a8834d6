import type { Knex } from 'knex';

/**
 * The list of conversations is ordered by their last message: `updated_at` is set when a message is accepted and when an
 * answer ends. The id decides between two of the same millisecond.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index conversations_by_last_message on conversations (user_id, updated_at desc, id desc);
    drop index conversations_newest_first;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create index conversations_newest_first on conversations (user_id, id desc);
    drop index conversations_by_last_message;
  `);
}
