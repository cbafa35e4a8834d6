import type { Knex } from 'knex';

/**
 * The bytes of attachments in a folder (ATTACHMENT_DIR). `in_folder` says where those of one attachment are, so that both places
 * are read side by side.
 *
 * `attachment_folder` has the id that the folder bears, too: a folder of another database is not taken for ours.
 * `attachment_erasures` are files that are still to be removed. A trigger writes them with the deletion of the row, whoever deletes
 * it and by whatever cascade.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table attachments add column in_folder boolean not null default false;
    create index attachments_in_folder on attachments (id) where in_folder;

    create table attachment_folder (
      id uuid primary key,
      one boolean not null default true unique check (one)
    );

    create table attachment_erasures (
      attachment_id uuid primary key
    );

    create function erase_attachment_file() returns trigger language plpgsql as $$
    begin
      insert into attachment_erasures (attachment_id) values (old.id) on conflict do nothing;
      return null;
    end $$;

    create trigger erase_attachment_file after delete on attachments
      for each row when (old.in_folder) execute function erase_attachment_file();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger erase_attachment_file on attachments;
    drop function erase_attachment_file();
    drop table attachment_erasures;
    drop table attachment_folder;
    alter table attachments drop column in_folder;
  `);
}
