import type { Knex } from 'knex';

/**
 * Encryption of what people write (ENCRYPTION_KEY_FILE). A data key a user, wrapped by a key that is not in the database. Text columns
 * hold encrypted text behind a mark; bytes have a column that says so.
 *
 * `encryption_progress` is how far the job has come that encrypts what was written before.
 *
 * `finish_sealed_generation` is `finish_generation` with the length of the text, because that of encrypted text is another.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table data_keys (
      id uuid primary key,
      user_id uuid not null unique references users (id) on delete cascade,
      master_key_id text not null,
      wrapped bytea not null,
      created_at timestamptz(3) not null default now()
    );
    create index data_keys_by_master_key on data_keys (master_key_id);

    alter table attachment_pieces add column sealed boolean not null default false;

    create table encryption_progress (
      name text primary key,
      after text[] not null,
      done boolean not null default false
    );

    create function finish_sealed_generation(
      p_conversation uuid,
      p_generation uuid,
      p_attempt integer,
      p_content text,
      p_status text,
      p_model text,
      p_prompt_tokens integer,
      p_completion_tokens integer,
      p_omitted_messages integer,
      p_error_code text,
      p_error_message text,
      p_bytes integer,
      out ownership text,
      out waiting boolean
    ) language plpgsql as $$
    begin
      select f.ownership, f.waiting into ownership, waiting
      from finish_generation(
        p_conversation, p_generation, p_attempt, p_content, p_status, p_model, p_prompt_tokens, p_completion_tokens,
        p_omitted_messages, p_error_code, p_error_message
      ) f;
      -- Only for the text that this call has stored: the answer may have had its end before.
      update generations g set bytes = p_bytes
      where g.id = p_generation and g.ended_at is not null
        and exists (select from messages m where m.id = g.id and m.content = p_content);
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function finish_sealed_generation(
      uuid, uuid, integer, text, text, text, integer, integer, integer, text, text, integer
    );
    drop table encryption_progress;
    alter table attachment_pieces drop column sealed;
    drop table data_keys;
  `);
}
