import type { Knex } from 'knex';

/**
 * The audit trail. Each process appends to a chain of its own (`writer`); each entry's hash covers the one before. There is no
 * reference to users or conversations: entries stay when those are deleted, and no entry holds any text of a user.
 *
 * Entries are never changed or removed, by whatever role: the triggers refuse it. A role that may only insert and select is
 * refused by its grants before (docs/operations.md). `audit_heads` is the signed end of each chain and moves.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table audit_events (
      writer uuid not null,
      seq bigint not null check (seq >= 1),
      at timestamptz(3) not null,
      operation text not null,
      kind text not null check (kind in ('create', 'read', 'update', 'delete', 'execute')),
      outcome text not null check (outcome in ('success', 'refused', 'failed')),
      code text,
      user_id uuid,
      session_id uuid,
      conversation_id uuid,
      message_id uuid,
      address text,
      request_id text,
      count integer not null default 1 check (count >= 1),
      after_writer uuid,
      after_seq bigint,
      after_hash bytea,
      hash bytea not null check (octet_length(hash) = 32),
      primary key (writer, seq)
    );
    create index audit_events_by_time on audit_events (at);
    create index audit_events_first on audit_events (writer) where after_writer is not null;

    create table audit_heads (
      writer uuid primary key,
      seq bigint not null,
      hash bytea not null,
      signature bytea not null,
      signed_at timestamptz(3) not null default now()
    );

    create function refuse_audit_change() returns trigger language plpgsql as $$
    begin
      raise exception 'audit events are never changed or removed';
    end $$;
    create trigger append_only before update or delete on audit_events
      for each row execute function refuse_audit_change();
    create trigger never_emptied before truncate on audit_events
      for each statement execute function refuse_audit_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table audit_heads;
    drop table audit_events;
    drop function refuse_audit_change();
  `);
}
