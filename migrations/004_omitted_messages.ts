import type { Knex } from 'knex';

/** How many older messages of its conversation an answer's model was not given, because its window had no room for them. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table generations add column omitted_messages integer');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table generations drop column omitted_messages');
}
