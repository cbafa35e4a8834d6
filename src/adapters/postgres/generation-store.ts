import type { Knex } from 'knex';
import type { AttemptStart } from '../../generation/attempts.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import type { Claim, GenerationStore, Held, Ownership } from '../../generation/generation-store.js';
import type { Outcome } from '../../generation/outcome.js';
import type { Turn } from '../../generation/provider.js';
import { ATTEMPTS_COLUMN } from './message-row.js';
import { rows } from './rows.js';

interface RefRow {
  readonly id: string;
  readonly conversation_id: string;
  readonly seq: number;
}

interface ClaimRow extends RefRow {
  readonly attempt: number;
  readonly attempts: readonly AttemptStart[];
  readonly failures: number;
  readonly stop_requested: boolean;
}

/** Not ended, in its turn, and held by nobody alive. */
const CLAIMABLE = `
  g.ended_at is null
  and (g.lease_until is null or g.lease_until < now())
  and not exists (
    select 1 from generations p
    where p.conversation_id = g.conversation_id and p.seq < g.seq and p.ended_at is null
  )`;

/** The rows of generations in Postgres, whose clock alone decides about leases. */
export class PostgresGenerationStore implements GenerationStore {
  readonly #database: Knex;

  constructor(database: Knex) {
    this.#database = database;
  }

  async claim(messageId: string, worker: string, leaseMs: number): Promise<Claim | undefined> {
    // A lease that ran out, rather than being given back, counts as a failure until the next attempt gets further.
    const [row] = await rows<ClaimRow>(
      this.#database,
      `update generations g set
         attempt = g.attempt + 1, status = 'streaming', worker = ?,
         lease_until = now() + make_interval(secs => ?::float8 / 1000),
         failures = g.failures + (g.lease_until is not null)::int
       where g.id = ? and ${CLAIMABLE}
       returning g.id, g.conversation_id, g.seq, g.attempt, g.failures,
         g.stop_requested_at is not null as stop_requested, ${ATTEMPTS_COLUMN}`,
      [worker, leaseMs, messageId],
    );
    return (
      row && {
        ref: toRef(row),
        attempt: row.attempt,
        attempts: row.attempts,
        failures: row.failures,
        stopRequested: row.stop_requested,
      }
    );
  }

  async renew(worker: string, messageIds: Iterable<string>, leaseMs: number): Promise<readonly Held[]> {
    const held = await rows<{ id: string; stop_requested: boolean }>(
      this.#database,
      `update generations set lease_until = now() + make_interval(secs => ?::float8 / 1000)
       where worker = ? and id = any(?::uuid[]) and ended_at is null
       returning id, stop_requested_at is not null as stop_requested`,
      [leaseMs, worker, [...messageIds]],
    );
    return held.map((row) => ({ messageId: row.id, stopRequested: row.stop_requested }));
  }

  async release({ ref, attempt }: Claim): Promise<void> {
    await this.#database.raw(
      `update generations set worker = null, lease_until = null where id = ? and attempt = ? and ended_at is null`,
      [ref.messageId, attempt],
    );
  }

  async begin(claim: Claim, start: number): Promise<Ownership> {
    const begun = await rows(
      this.#database,
      `with mine as (
         update generations g set failures = case
             when ? > (select max(a.start) from generation_attempts a where a.generation_id = g.id) then 0
             else g.failures
           end
         where g.id = ? and g.attempt = ? and g.ended_at is null
         returning g.id
       )
       insert into generation_attempts (generation_id, attempt, start) select id, ?, ? from mine
       on conflict (generation_id, attempt) do update set start = excluded.start
       returning generation_id`,
      [start, claim.ref.messageId, claim.attempt, claim.attempt, start],
    );
    return begun.length > 0 ? 'owned' : this.ownership(claim);
  }

  async ownership({ ref, attempt }: Claim): Promise<Ownership> {
    const [row] = await rows<{ owned: boolean }>(
      this.#database,
      `select attempt = ? and ended_at is null as owned from generations where id = ?`,
      [attempt, ref.messageId],
    );
    if (!row) return 'gone';
    return row.owned ? 'owned' : 'taken';
  }

  async finish(claim: Claim, content: string, outcome: Outcome): Promise<Ownership> {
    const { ref, attempt } = claim;
    // The conversation's row first, as whoever accepts or deletes: in another order they would wait for each other.
    // Every ended generation has an attempt that began, or its end would have no cursor of its own.
    const finished = await rows(
      this.#database,
      `with conversation as (
         select id from conversations where id = ? for no key update
       ), ended as (
         update generations g set
           status = ?, ended_at = now(), bytes = octet_length(?::text), worker = null, lease_until = null,
           model = ?, prompt_tokens = ?, completion_tokens = ?, omitted_messages = ?, error_code = ?, error_message = ?
         from conversation c
         where g.conversation_id = c.id and g.id = ? and g.attempt = ? and g.ended_at is null
         returning g.id, g.attempt, g.conversation_id
       ), written as (
         update messages m set content = ? from ended where m.id = ended.id returning m.id
       ), touched as (
         update conversations c set updated_at = now() from ended where c.id = ended.conversation_id
       ), begun as (
         insert into generation_attempts (generation_id, attempt, start)
         select ended.id, ended.attempt, 0 from ended
         where not exists (select 1 from generation_attempts a where a.generation_id = ended.id)
       )
       select id from written`,
      [
        ref.conversationId,
        outcome.status,
        content,
        outcome.model ?? null,
        outcome.usage?.promptTokens ?? null,
        outcome.usage?.completionTokens ?? null,
        outcome.usage?.omittedMessages ?? null,
        outcome.error?.code ?? null,
        outcome.error?.message ?? null,
        ref.messageId,
        attempt,
        content,
      ],
    );
    if (finished.length > 0) return 'owned';
    return this.#alreadyFinished(claim);
  }

  /** A finish whose reply was lost is made again; the second time it finds the row that it wrote. */
  async #alreadyFinished({ ref, attempt }: Claim): Promise<Ownership> {
    const [row] = await rows<{ mine: boolean }>(
      this.#database,
      `select attempt = ? and ended_at is not null as mine from generations where id = ?`,
      [attempt, ref.messageId],
    );
    if (!row) return 'gone';
    return row.mine ? 'owned' : 'taken';
  }

  async closed(messageId: string): Promise<void> {
    await this.#database.raw(
      `update generations set log_closed_at = now() where id = ? and ended_at is not null and log_closed_at is null`,
      [messageId],
    );
  }

  async turns(ref: GenerationRef, bytes: number): Promise<readonly Turn[]> {
    // Up to the message to be answered; of several answers to one message, the newest that has text.
    return rows<Turn>(
      this.#database,
      `with answered as (
         select u.seq from messages a join messages u on u.id = a.reply_to where a.id = ?
       ), questions as (
         select u.id, u.seq, 0 as place from messages u, answered
         where u.conversation_id = ? and u.role = 'user' and u.seq <= answered.seq
       ), answers as (
         select distinct on (a.reply_to) a.id, q.seq, 1 as place
         from messages a
         join generations g on g.id = a.id
         join questions q on q.id = a.reply_to, answered
         where g.bytes > 0 and q.seq < answered.seq
         order by a.reply_to, a.seq desc
       ), turns as (
         select t.seq, t.place, m.role, m.content as text,
           sum(octet_length(m.content)) over (order by t.seq desc, t.place desc) - octet_length(m.content) as newer_bytes
         from (select * from questions union all select * from answers) t join messages m on m.id = t.id
       )
       select role, text from turns where newer_bytes < ? order by seq, place`,
      [ref.messageId, ref.conversationId, bytes],
    );
  }

  async next(conversationId: string): Promise<GenerationRef | undefined> {
    const [row] = await rows<RefRow>(
      this.#database,
      `select id, conversation_id, seq from generations
       where conversation_id = ? and ended_at is null order by seq limit 1`,
      [conversationId],
    );
    return row && toRef(row);
  }

  async claimable(limit: number): Promise<readonly GenerationRef[]> {
    const found = await rows<RefRow>(
      this.#database,
      `select g.id, g.conversation_id, g.seq from generations g where ${CLAIMABLE} order by g.created_at limit ?`,
      [limit],
    );
    return found.map(toRef);
  }

  async unclosed(olderThanMs: number, limit: number): Promise<readonly GenerationRef[]> {
    const found = await rows<RefRow>(
      this.#database,
      `select id, conversation_id, seq from generations
       where ended_at is not null and log_closed_at is null
         and ended_at < now() - make_interval(secs => ?::float8 / 1000)
       order by ended_at limit ?`,
      [olderThanMs, limit],
    );
    return found.map(toRef);
  }
}

function toRef(row: RefRow): GenerationRef {
  return { conversationId: row.conversation_id, messageId: row.id, seq: row.seq };
}
