import type { Knex } from 'knex';

/**
 * Who may speak. A user is one of three: a local one (email and password), an outside one (known to its issuer as
 * `subject`), or a demo user, who has neither and lasts as long as its session.
 *
 * A login session is a family of refresh tokens. Each token has one successor, and of a family one token is unused:
 * it cannot fork.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table users (
      id uuid primary key,
      email text check (char_length(email) between 3 and 254),
      password_hash text,
      issuer text,
      subject text,
      is_demo boolean not null default false,
      name text check (char_length(name) <= 200),
      created_at timestamptz(3) not null default now(),
      unique (issuer, subject),
      check ((email is null) = (password_hash is null)),
      check ((issuer is null) = (subject is null)),
      check ((email is not null)::int + (issuer is not null)::int + is_demo::int = 1)
    );
    create unique index users_email on users (lower(email));

    create table login_sessions (
      id uuid primary key,
      user_id uuid not null references users (id) on delete cascade,
      created_at timestamptz(3) not null default now(),
      expires_at timestamptz(3) not null,
      revoked_at timestamptz(3),
      unique (id, user_id),
      check (expires_at > created_at)
    );
    create index login_sessions_by_user on login_sessions (user_id);

    create table refresh_tokens (
      hash bytea primary key check (octet_length(hash) = 32),
      session_id uuid not null references login_sessions (id) on delete cascade,
      created_at timestamptz(3) not null default now(),
      expires_at timestamptz(3) not null,
      used_at timestamptz(3),
      successor_hash bytea unique references refresh_tokens (hash) deferrable initially deferred,
      check (expires_at > created_at),
      check ((used_at is null) = (successor_hash is null))
    );
    create index refresh_tokens_by_session on refresh_tokens (session_id);
    create unique index refresh_tokens_one_unused on refresh_tokens (session_id) where used_at is null;

    create table stream_tickets (
      hash bytea primary key check (octet_length(hash) = 32),
      user_id uuid not null references users (id) on delete cascade,
      session_id uuid,
      token_expires_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      foreign key (session_id, user_id) references login_sessions (id, user_id) on delete cascade
    );
    create index stream_tickets_by_expiry on stream_tickets (expires_at);
    create index stream_tickets_by_user on stream_tickets (user_id);
    create index stream_tickets_by_session on stream_tickets (session_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table stream_tickets;
    drop table refresh_tokens;
    drop table login_sessions;
    drop table users;
  `);
}
