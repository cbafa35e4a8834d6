import type { Knex } from 'knex';
import type { AuditEntry, EntryRef, SignedHead } from '../../audit/chain.js';
import type { AuditReader, AuditStore } from '../../audit/ports.js';
import type { AuditKind } from '../../kernel/audit.js';
import { rows } from './rows.js';

interface HeadRow {
  readonly writer: string;
  readonly seq: string;
  readonly hash: Buffer;
  readonly signature: Buffer;
}

interface EntryRow extends Omit<HeadRow, 'signature'> {
  readonly at: Date;
  readonly operation: string;
  readonly kind: AuditKind;
  readonly outcome: AuditEntry['outcome'];
  readonly code: string | null;
  readonly user_id: string | null;
  readonly session_id: string | null;
  readonly conversation_id: string | null;
  readonly message_id: string | null;
  readonly address: string | null;
  readonly request_id: string | null;
  readonly count: number;
  readonly after_writer: string | null;
  readonly after_seq: string | null;
  readonly after_hash: Buffer | null;
}

/** Entries that are read at a time. */
const PAGE = 1000;

/** The audit trail in Postgres. */
export class PostgresAuditStore implements AuditStore, AuditReader {
  readonly #database: Knex;

  constructor(database: Knex) {
    this.#database = database;
  }

  async newestHead(): Promise<EntryRef | undefined> {
    const [row] = await rows<HeadRow>(
      this.#database,
      'select writer, seq, hash, signature from audit_heads order by signed_at desc, writer limit 1',
      [],
    );
    return row && toHead(row);
  }

  append(entries: readonly AuditEntry[], head: SignedHead): Promise<void> {
    return this.#database.transaction(async (transaction) => {
      await transaction.raw(
        `insert into audit_events (writer, seq, at, operation, kind, outcome, code, user_id, session_id, conversation_id,
           message_id, address, request_id, count, after_writer, after_seq, after_hash, hash)
         select e.writer, e.seq, e.at, e.operation, e.kind, e.outcome, e.code, e.user_id, e.session_id, e.conversation_id,
           e.message_id, e.address, e.request_id, e.count, e.after_writer, e.after_seq, decode(e.after_hash, 'hex'),
           decode(e.hash, 'hex')
         from jsonb_to_recordset(?::jsonb) as e (
           writer uuid, seq bigint, at timestamptz, operation text, kind text, outcome text, code text, user_id uuid,
           session_id uuid, conversation_id uuid, message_id uuid, address text, request_id text, count integer,
           after_writer uuid, after_seq bigint, after_hash text, hash text)
         on conflict (writer, seq) do nothing`,
        [JSON.stringify(entries.map(toJson))],
      );
      await transaction.raw(
        `insert into audit_heads (writer, seq, hash, signature) values (?, ?, ?, ?)
         on conflict (writer) do update
           set seq = excluded.seq, hash = excluded.hash, signature = excluded.signature, signed_at = now()`,
        [head.writer, head.seq, Buffer.from(head.hash, 'hex'), head.signature],
      );
    });
  }

  async heads(): Promise<readonly SignedHead[]> {
    const found = await rows<HeadRow>(
      this.#database,
      'select writer, seq, hash, signature from audit_heads order by signed_at, writer',
      [],
    );
    return found.map((row) => ({ ...toHead(row), signature: row.signature }));
  }

  async writers(): Promise<readonly string[]> {
    const found = await rows<{ writer: string }>(
      this.#database,
      'select writer, min(at) as since from audit_events group by writer order by since, writer',
      [],
    );
    return found.map(({ writer }) => writer);
  }

  async links(): Promise<readonly EntryRef[]> {
    const found = await rows<HeadRow>(
      this.#database,
      `select after_writer as writer, after_seq as seq, after_hash as hash from audit_events
       where after_writer is not null`,
      [],
    );
    return found.map(toHead);
  }

  async *entries(writer: string, since = new Date(0)): AsyncGenerator<AuditEntry, void> {
    let after = '0';
    for (;;) {
      const page = await rows<EntryRow>(
        this.#database,
        `select * from audit_events where writer = ? and seq > ? and at >= ? order by seq limit ${PAGE}`,
        [writer, after, since],
      );
      yield* page.map(toEntry);
      const last = page.at(-1);
      if (!last) return;
      after = last.seq;
    }
  }

  async *since(at: Date): AsyncGenerator<AuditEntry, void> {
    for (const writer of await this.writers()) yield* this.entries(writer, at);
  }
}

function toHead({ writer, seq, hash }: Pick<HeadRow, 'writer' | 'seq' | 'hash'>): EntryRef {
  return { writer, seq: Number(seq), hash: hash.toString('hex') };
}

function toJson(entry: AuditEntry): object {
  return {
    writer: entry.writer,
    seq: entry.seq,
    at: entry.at,
    operation: entry.operation,
    kind: entry.kind,
    outcome: entry.outcome,
    code: entry.code,
    user_id: entry.userId,
    session_id: entry.sessionId,
    conversation_id: entry.conversationId,
    message_id: entry.messageId,
    address: entry.address,
    request_id: entry.requestId,
    count: entry.count ?? 1,
    after_writer: entry.after?.writer,
    after_seq: entry.after?.seq,
    after_hash: entry.after?.hash,
    hash: entry.hash.toString('hex'),
  };
}

function toEntry(row: EntryRow): AuditEntry {
  return {
    writer: row.writer,
    seq: Number(row.seq),
    at: row.at.toISOString(),
    operation: row.operation,
    kind: row.kind,
    outcome: row.outcome,
    code: row.code ?? undefined,
    userId: row.user_id ?? undefined,
    sessionId: row.session_id ?? undefined,
    conversationId: row.conversation_id ?? undefined,
    messageId: row.message_id ?? undefined,
    address: row.address ?? undefined,
    requestId: row.request_id ?? undefined,
    count: row.count,
    after:
      row.after_writer !== null && row.after_seq !== null && row.after_hash !== null
        ? { writer: row.after_writer, seq: Number(row.after_seq), hash: row.after_hash.toString('hex') }
        : undefined,
    hash: row.hash,
  };
}
