import type { Knex } from 'knex';

/**
 * Files come inside the messages of other protocols, and come again with each repetition. Which attachments they became is kept with
 * the request, so that the same message again has the same attachments.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`alter table dialect_requests add column files text not null default '[]'`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table dialect_requests drop column files');
}
