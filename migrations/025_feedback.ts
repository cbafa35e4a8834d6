import type { Knex } from 'knex';

/**
 * What people think of answers, one rating an answer. `id` is that of the message; `conversation_id` is a copy, for the encryption of the
 * comment. It is gone with its message.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table message_feedback (
      id uuid primary key references messages (id) on delete cascade,
      conversation_id uuid not null,
      rating text not null check (rating in ('up', 'down')),
      reason text check (reason in ('wrong', 'harmful', 'unclear', 'incomplete', 'other')),
      comment text,
      rated_at timestamptz(3) not null default now()
    );
    create index message_feedback_by_time on message_feedback (rated_at, id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table message_feedback');
}
