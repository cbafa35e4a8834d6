import type { Knex } from 'knex';

/** What is recorded of a user is part of the user's export. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index audit_events_by_user on audit_events (user_id, at, writer, seq) where user_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index audit_events_by_user');
}
