import type { Knex } from 'knex';
import type { IngestionJob, IngestionStore, UnembeddedPassage } from '../../knowledge/knowledge-store.js';
import { CHANGED } from './knowledge-revision.js';
import { rows } from './rows.js';

/** The passages `p` that the model has not embedded. */
const NOT_EMBEDDED = 'not exists (select from knowledge_vectors v where v.passage_id = p.id and v.model = ?)';

const LEASE = 'now() + make_interval(secs => ?::float8 / 1000)';

/** The queue of documents to embed, in Postgres, whose clock alone decides about leases. */
export class PostgresIngestionStore implements IngestionStore {
  readonly #database: Knex;

  constructor(database: Knex) {
    this.#database = database;
  }

  async claim(model: string, leaseMs: number): Promise<IngestionJob | undefined> {
    const [claimed] = await rows<{ id: string; title: string }>(
      this.#database,
      `with next as materialized (
         select id from knowledge_documents d
         where state <> 'replaced' and (lease_until is null or lease_until < now())
           and (state = 'waiting' or exists (
             select from knowledge_passages p where p.document_id = d.id and ${NOT_EMBEDDED}
           ))
         order by created_at, id limit 1 for no key update skip locked
       )
       update knowledge_documents d set lease_until = ${LEASE} from next where d.id = next.id
       returning d.id, d.title`,
      [model, leaseMs],
    );
    return claimed && { documentId: claimed.id, title: claimed.title };
  }

  unembedded(
    { documentId }: IngestionJob,
    model: string,
    limit: number,
  ): Promise<readonly UnembeddedPassage[]> {
    return rows<UnembeddedPassage>(
      this.#database,
      `select id, heading, content from knowledge_passages p
       where document_id = ? and ${NOT_EMBEDDED} order by position limit ?`,
      [documentId, model, limit],
    );
  }

  async storeVectors(
    { documentId }: IngestionJob,
    model: string,
    vectors: ReadonlyMap<string, Float32Array>,
    leaseMs: number,
  ): Promise<void> {
    // Locked: a passage that is being deleted, since its document is replaced, is left out and fails nothing.
    await rows(
      this.#database,
      `with renewed as (update knowledge_documents set lease_until = ${LEASE} where id = ? returning id)
       insert into knowledge_vectors (passage_id, model, vector)
       select p.id, ?, v.vector
       from unnest(?::uuid[], ?::bytea[]) as v (id, vector)
         join knowledge_passages p on p.id = v.id
         join renewed on renewed.id = p.document_id
       for key share of p
       on conflict (passage_id, model) do nothing`,
      [leaseMs, documentId, model, [...vectors.keys()], [...vectors.values()].map(bytesOf)],
    );
  }

  async finish({ documentId }: IngestionJob): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      // The version in use goes first: there is one at a time.
      await rows(
        transaction,
        `with replaced as (
           update knowledge_documents o set state = 'replaced', lease_until = null
           from knowledge_documents n
           where n.id = ? and n.state <> 'replaced' and o.name = n.name and o.version < n.version and o.state <> 'replaced'
           returning o.id
         )
         delete from knowledge_passages where document_id in (select id from replaced)`,
        [documentId],
      );
      await rows(
        transaction,
        `with ready as (
           update knowledge_documents set state = 'ready', problem = null, lease_until = null
           where id = ? and state <> 'replaced'
         ), ${CHANGED}
         select 1`,
        [documentId],
      );
    });
  }

  async postpone({ documentId }: IngestionJob, problem: string, pauseMs: number): Promise<void> {
    await rows(
      this.#database,
      `update knowledge_documents set lease_until = ${LEASE}, problem = coalesce(nullif(?, ''), problem)
       where id = ? and state <> 'replaced'`,
      [pauseMs, problem, documentId],
    );
  }
}

/** Little-endian, as all machines have it that Node runs on. */
function bytesOf(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
