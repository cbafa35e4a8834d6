import { setTimeout } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { AttemptStart } from '../../generation/attempts.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import type { Claim, Finish, GenerationStore, Held, Ownership } from '../../generation/generation-store.js';
import { withGivenTurns } from '../../generation/given-turns.js';
import type { Outcome } from '../../generation/outcome.js';
import type { StoredTurn } from '../../generation/prompt-attachments.js';
import { type Cipher, noCipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import { ATTACHMENTS_COLUMN } from './message-attachments.js';
import { ATTEMPTS_COLUMN } from './message-row.js';
import { openTurns, PLAIN_BYTES, type StoredTurnRow } from './open-rows.js';
import { rows } from './rows.js';

interface RefRow {
  readonly id: string;
  readonly conversation_id: string;
  readonly seq: number;
}

interface ClaimRow extends RefRow {
  readonly user_id: string;
  readonly requested_model: string | null;
  readonly attempt: number;
  readonly attempts: readonly AttemptStart[];
  readonly failures: number;
  readonly stop_requested: boolean;
}

/** What a claim changes. A lease that ran out, rather than being given back, is a failure until an attempt gets further. */
const CLAIMED = `
  attempt = g.attempt + 1, status = 'streaming', worker = ?,
  lease_until = now() + make_interval(secs => ?::float8 / 1000),
  failures = g.failures + (g.lease_until is not null)::int`;

const CLAIM_COLUMNS = `
  g.requested_model, g.id, g.conversation_id, g.seq, g.user_id, g.attempt, g.failures,
  g.stop_requested_at is not null as stop_requested, ${ATTEMPTS_COLUMN}`;

/** A first attempt begins with its claim: nothing was written before, so it starts at byte 0. */
const BEGIN_FIRST = `
  begun as (
    insert into generation_attempts (generation_id, attempt, start) select id, attempt, 0 from claimed where attempt = 1
  )`;

/** How long closed logs are gathered before they are recorded in one statement, in ms. */
const GATHER_MS = 250;

/** More turns than any model's window has room for, and few enough to read for every answer. */
const LONGEST_HISTORY = 500;

/** The rows of generations in Postgres, whose clock alone decides about leases. */
export class PostgresGenerationStore implements GenerationStore {
  readonly #database: Knex;
  readonly #cipher: Cipher;
  /** The answers whose logs were closed since the last statement that records it. */
  #closing: { readonly ids: string[]; readonly recorded: Promise<void> } | undefined;

  /** @param cipher how text is stored; as it is when absent */
  constructor(database: Knex, cipher: Cipher = noCipher) {
    this.#database = database;
    this.#cipher = cipher;
  }

  async claim(messageId: string, worker: string, leaseMs: number): Promise<Claim | undefined> {
    const [row] = await rows<ClaimRow>(
      this.#database,
      `with claimed as (
         update generations g set ${CLAIMED}
         where g.id = ? and g.ended_at is null and g.turn is not null
           and (g.lease_until is null or g.lease_until < now())
         returning ${CLAIM_COLUMNS}
       ), ${BEGIN_FIRST}
       select * from claimed`,
      [worker, leaseMs, messageId],
    );
    return row && toClaim(row);
  }

  async claimNext(
    worker: string,
    leaseMs: number,
    except: readonly string[] = [],
  ): Promise<Claim | undefined> {
    // The first entry of the index. What another worker takes at this moment is skipped, not waited for.
    const [row] = await rows<ClaimRow>(
      this.#database,
      `with next as materialized (
         select id from generations
         where worker is null and ended_at is null and turn is not null
           and (turn = 0 or user_id <> all(?::uuid[]))
         order by turn, id limit 1 for no key update skip locked
       ), claimed as (
         update generations g set ${CLAIMED} from next where g.id = next.id
         returning ${CLAIM_COLUMNS}
       ), ${BEGIN_FIRST}
       select * from claimed`,
      [[...except], worker, leaseMs],
    );
    return row && toClaim(row);
  }

  async recover(except: Iterable<string>, limit: number): Promise<number> {
    const recovered = await rows(
      this.#database,
      `with left_behind as materialized (
         select id from generations
         where worker is not null and lease_until < now() and id <> all(?::uuid[])
         limit ? for no key update skip locked
       )
       update generations g set worker = null, lease_until = null, failures = g.failures + 1
       from left_behind l where g.id = l.id
       returning g.id`,
      [[...except], limit],
    );
    return recovered.length;
  }

  async renew(worker: string, messageIds: Iterable<string>, leaseMs: number): Promise<readonly Held[]> {
    // A row that somebody has locked is held all the same, and must not keep the others waiting; while it is locked nobody
    // can recover it either.
    const held = await rows<{ id: string; stop_requested: boolean }>(
      this.#database,
      `with held as materialized (
         select id, stop_requested_at is not null as stop_requested from generations
         where worker = ? and id = any(?::uuid[]) and ended_at is null
       ), free as materialized (
         select id from generations where id in (select id from held)
         order by id for no key update skip locked
       ), renewed as (
         update generations g set lease_until = now() + make_interval(secs => ?::float8 / 1000)
         from free where g.id = free.id and g.worker = ? and g.ended_at is null
       )
       select id, stop_requested from held`,
      [worker, [...messageIds], leaseMs, worker],
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

  async finish({ ref, attempt }: Claim, content: string, outcome: Outcome): Promise<Finish> {
    const { conversationId, messageId } = ref;
    const stored = await this.#cipher.seal({ conversationId }, placeOf.message(messageId), content);
    const isStoredAsItIs = stored === content;
    const [row] = await rows<Finish>(
      this.#database,
      isStoredAsItIs
        ? 'select * from finish_generation(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
        : 'select * from finish_sealed_generation(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [
        conversationId,
        messageId,
        attempt,
        stored,
        outcome.status,
        outcome.model ?? null,
        outcome.usage?.promptTokens ?? null,
        outcome.usage?.completionTokens ?? null,
        outcome.usage?.omittedMessages ?? null,
        outcome.error?.code ?? null,
        outcome.error?.message ?? null,
        ...(isStoredAsItIs ? [] : [Buffer.byteLength(content)]),
      ],
    );
    if (!row) throw new Error('finish_generation returned no row');
    return row;
  }

  closed(messageId: string): Promise<void> {
    if (!this.#closing) {
      const ids: string[] = [];
      this.#closing = { ids, recorded: this.#recordClosed(ids) };
    }
    this.#closing.ids.push(messageId);
    return this.#closing.recorded;
  }

  async #recordClosed(ids: readonly string[]): Promise<void> {
    await setTimeout(GATHER_MS);
    this.#closing = undefined;
    await rows(
      this.#database,
      `update generations set log_closed_at = now()
       where id = any(?::uuid[]) and ended_at is not null and log_closed_at is null`,
      [ids],
    );
  }

  async turns(ref: GenerationRef, bytes: number): Promise<readonly StoredTurn[]> {
    // Backwards from the message to be answered; of several answers to one message, the newest that has text.
    const size = this.#cipher.encrypts ? PLAIN_BYTES : 'octet_length(m.content)';
    const found = await rows<StoredTurnRow>(
      this.#database,
      `with questions as materialized (
         select id, seq from messages
         where conversation_id = ? and role = 'user'
           and seq <= (select u.seq from messages a join messages u on u.id = a.reply_to where a.id = ?)
         order by seq desc limit ${LONGEST_HISTORY}
       ), turns as (
         select q.id, q.seq, 0 as place from questions q
         union all
         select a.id, q.seq, 1 from questions q cross join lateral (
           select m.id from messages m join generations g on g.id = m.id
           where m.reply_to = q.id and g.bytes > 0
           order by m.seq desc limit 1
         ) a
         where q.seq < (select max(seq) from questions)
       ), sized as (
         select m.id, m.role, m.content, t.seq, t.place,
           sum(${size}) over (order by t.seq desc, t.place desc) - ${size} as newer_bytes
         from turns t join messages m on m.id = t.id
       )
       select m.id, m.role, m.content, g.client_message_id, r.turns as given, ${ATTACHMENTS_COLUMN}
       from sized m
       left join generations g on m.place = 0 and g.conversation_id = ? and g.seq = m.seq
       left join dialect_requests r
         on r.conversation_id = g.conversation_id and r.client_message_id = g.client_message_id
       where m.newer_bytes < ? order by m.seq, m.place`,
      [ref.conversationId, ref.messageId, ref.conversationId, bytes],
    );
    return withGivenTurns(await openTurns(this.#cipher, ref.conversationId, found));
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

function toClaim(row: ClaimRow): Claim {
  return {
    ref: toRef(row),
    userId: row.user_id,
    attempt: row.attempt,
    ...(row.requested_model !== null && { model: row.requested_model }),
    attempts: row.attempts,
    failures: row.failures,
    stopRequested: row.stop_requested,
  };
}

function toRef(row: RefRow): GenerationRef {
  return { conversationId: row.conversation_id, messageId: row.id, seq: row.seq };
}
