import type { Knex } from 'knex';

/**
 * The disclaimers of operators that answers end with, those of the past among them: later prompts go without them. A long
 * text is no key of an index, so its hash is.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table disclaimers (
      hash bytea primary key,
      text text not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table disclaimers');
}
