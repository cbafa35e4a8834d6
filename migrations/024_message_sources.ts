import type { Knex } from 'knex';

/**
 * What an answer rests on, by the answer's id, as JSON. An empty list: the documents have nothing on it. It is stored before the model is asked,
 * and stays as it is when documents change. It shows what somebody asked about, so it is encrypted like the text of a message.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table message_sources (
      id uuid primary key references messages (id) on delete cascade,
      sources text not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table message_sources');
}
