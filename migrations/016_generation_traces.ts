import type { Knex } from 'knex';

/**
 * To which trace a generation belongs, as the `traceparent` of the span in which its message was accepted. Whoever generates it,
 * in whatever process and attempt, goes on with that trace. Only while traces are on is there a row.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table generation_traces (
      generation_id uuid primary key references generations (id) on delete cascade,
      traceparent text not null check (length(traceparent) <= 200)
    )
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table generation_traces');
}
