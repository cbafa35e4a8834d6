import type { Knex } from 'knex';

/**
 * Images and voice messages. One belongs to a user, and to one message at the most: `message_id` is null until it is sent. The
 * bytes are rows of 256 KiB, so that neither a gateway nor this server ever holds a whole file to serve one.
 *
 * A user who is deleted leaves attachments without a user. Those go with their messages, or as unused ones, a few at a time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table attachments (
      id uuid primary key,
      user_id uuid references users (id) on delete set null,
      message_id uuid references messages (id) on delete cascade,
      position smallint,
      kind text not null check (kind in ('image', 'audio')),
      media_type text not null,
      bytes integer not null check (bytes > 0),
      width integer check (width > 0),
      height integer check (height > 0),
      duration_ms integer check (duration_ms >= 0),
      transcript text,
      created_at timestamptz(3) not null default now(),
      check ((message_id is null) = (position is null))
    );
    create index attachments_by_user on attachments (user_id);
    create unique index attachments_by_message on attachments (message_id, position) where message_id is not null;
    create index attachments_unused on attachments (created_at) where message_id is null;

    create table attachment_pieces (
      attachment_id uuid not null references attachments (id) on delete cascade,
      position integer not null check (position >= 0),
      content bytea not null,
      primary key (attachment_id, position)
    );
    -- Photographs and sound are compressed already.
    alter table attachment_pieces alter column content set storage external;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table attachment_pieces;
    drop table attachments;
  `);
}
