import type { Knex } from 'knex';

/**
 * The danger that a rule found in a user message, as clients get it with every answer to that message. It is stored, since
 * rules change: what a person was told stays as it was.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table message_alerts (
      message_id uuid primary key references messages (id) on delete cascade,
      alert json not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table message_alerts');
}
