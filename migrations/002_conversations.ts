import type { Knex } from 'knex';

/**
 * Conversations, their messages, and the generations that make the answers.
 *
 * `seq` numbers the generations of a conversation 1, 2, 3 …; the reference to the one before it, checked at commit,
 * makes a hole impossible (and has an index, or a deletion would look through the whole conversation for each of its
 * generations). A user message bears the `seq` of the first generation that answers it, an answer that of its
 * own generation, so `(seq, role)` is also the order of messages.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table conversations (
      id uuid primary key,
      user_id uuid not null references users (id) on delete cascade,
      title text,
      last_seq integer not null default 0 check (last_seq >= 0),
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now()
    );
    create index conversations_newest_first on conversations (user_id, id desc);

    create table messages (
      id uuid primary key,
      conversation_id uuid not null references conversations (id) on delete cascade,
      seq integer not null check (seq >= 1),
      role text not null check (role in ('user', 'assistant')),
      reply_to uuid references messages (id) on delete cascade,
      content text not null default '',
      created_at timestamptz(3) not null default now(),
      unique (conversation_id, seq, role),
      check ((role = 'assistant') = (reply_to is not null))
    );
    create index messages_by_reply on messages (reply_to);

    create table generations (
      id uuid primary key references messages (id) on delete cascade,
      conversation_id uuid not null references conversations (id) on delete cascade,
      seq integer not null check (seq >= 1),
      previous_seq integer generated always as (nullif(seq - 1, 0)) stored,
      client_message_id text not null,
      request_hash bytea not null,
      status text not null default 'queued'
        check (status in ('queued', 'streaming', 'complete', 'stopped', 'incomplete', 'failed')),
      created_at timestamptz(3) not null default now(),
      attempt integer not null default 0 check (attempt >= 0),
      worker uuid,
      lease_until timestamptz,
      failures integer not null default 0,
      stop_requested_at timestamptz(3),
      ended_at timestamptz(3),
      bytes integer,
      model text,
      prompt_tokens integer,
      completion_tokens integer,
      error_code text,
      error_message text,
      log_closed_at timestamptz(3),
      unique (conversation_id, seq),
      unique (conversation_id, client_message_id),
      foreign key (conversation_id, previous_seq) references generations (conversation_id, seq)
        deferrable initially deferred,
      check ((status in ('queued', 'streaming')) = (ended_at is null)),
      check ((ended_at is null) = (bytes is null)),
      check ((worker is null) = (lease_until is null)),
      check (ended_at is null or lease_until is null),
      check (log_closed_at is null or ended_at is not null),
      check ((error_code is not null) = (status in ('incomplete', 'failed')))
    );
    create index generations_to_run on generations (conversation_id, seq) where ended_at is null;
    create index generations_to_close on generations (ended_at) where ended_at is not null and log_closed_at is null;
    create index generations_by_previous on generations (conversation_id, previous_seq);

    create table generation_attempts (
      generation_id uuid not null references generations (id) on delete cascade,
      attempt integer not null check (attempt >= 1),
      start integer not null check (start >= 0),
      began_at timestamptz(3) not null default now(),
      primary key (generation_id, attempt)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table generation_attempts;
    drop table generations;
    drop table messages;
    drop table conversations;
  `);
}
