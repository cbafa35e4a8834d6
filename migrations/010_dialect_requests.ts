import type { Knex } from 'knex';

/**
 * What a request of another protocol brought beside its message: turns that the model is given before it, and fields that the
 * client is told again. It is stored before the message, and means nothing without it.
 *
 * An ephemeral conversation is listed nowhere, and erased some time after its last answer has ended.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table dialect_requests (
      conversation_id uuid not null references conversations (id) on delete cascade,
      client_message_id text not null,
      turns text not null,
      fields text not null,
      deleted_at timestamptz(3),
      primary key (conversation_id, client_message_id)
    );
    alter table conversations add column ephemeral boolean not null default false;
    create index conversations_ephemeral on conversations (updated_at) where ephemeral and user_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table dialect_requests;
    delete from conversations where ephemeral;
    alter table conversations drop column ephemeral;
  `);
}
