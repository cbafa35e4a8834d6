import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { DocumentState, DocumentSummary, NewDocument } from '../../knowledge/document.js';
import type { Added, KnowledgeStore } from '../../knowledge/knowledge-store.js';
import { CHANGED } from './knowledge-revision.js';
import { rows } from './rows.js';
import { textSearchConfig } from './text-search-config.js';

/**
 * Of all documents together. Every process that searches has their vectors in memory: 150 MB at 768 dimensions.
 */
const MOST_PASSAGES = 50_000;

/** Passages of one statement. */
const CHUNK = 500;

interface SummaryRow {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly url: string | null;
  readonly language: string;
  readonly curated_by: string;
  readonly review_by: string | null;
  readonly overdue: boolean;
  readonly state: DocumentState;
  readonly passages: number;
  readonly embedded: number;
  readonly problem: string | null;
  readonly created_at: Date;
}

/** Documents in Postgres, as operators administer them. They are the provider's own, and stored as they are. */
export class PostgresKnowledgeStore implements KnowledgeStore {
  readonly #database: Knex;
  readonly #newId: () => string;
  readonly #limit: number;

  /** @param limit how many passages all documents may have together */
  constructor(database: Knex, newId: () => string, limit = MOST_PASSAGES) {
    this.#database = database;
    this.#newId = newId;
    this.#limit = limit;
  }

  add(document: NewDocument): Promise<Added> {
    const hash = hashOf(document);
    return this.#database.transaction(async (transaction) => {
      // One at a time: versions are counted, and so are passages.
      await rows(transaction, 'lock table knowledge_revision in exclusive mode', []);
      const { name, passages } = document;
      const [last] = await rows<{ version: number; same: boolean }>(
        transaction,
        `select version, hash = ? and state <> 'replaced' as same from knowledge_documents
         where name = ? order by version desc limit 1`,
        [hash, name],
      );
      if (last?.same) return { kind: 'unchanged', version: last.version };
      const [stored] = await rows<{ count: number }>(
        transaction,
        'select count(*)::integer as count from knowledge_passages',
        [],
      );
      if ((stored?.count ?? 0) + passages.length > this.#limit) return { kind: 'full', limit: this.#limit };
      const version = (last?.version ?? 0) + 1;
      await this.#dropWaiting(transaction, name);
      await this.#insert(transaction, document, version, hash);
      return { kind: 'added', version, passages: passages.length };
    });
  }

  async list(all = false): Promise<readonly DocumentSummary[]> {
    const found = await rows<SummaryRow>(
      this.#database,
      `select d.name, d.version, d.title, d.url, d.language, d.curated_by, d.review_by::text, d.state, d.problem, d.created_at,
         coalesce(d.review_by < current_date, false) as overdue,
         count(p.id)::integer as passages,
         count(*) filter (where exists (
           select from knowledge_vectors v where v.passage_id = p.id
         ))::integer as embedded
       from knowledge_documents d left join knowledge_passages p on p.document_id = d.id
       where ?::boolean or d.state <> 'replaced'
       group by d.id order by d.created_at desc, d.version desc`,
      [all],
    );
    return found.map(toSummary);
  }

  async remove(name: string): Promise<number> {
    const removed = await rows(
      this.#database,
      `with removed as (delete from knowledge_documents where name = ? returning id), ${CHANGED}
       select id from removed`,
      [name],
    );
    return removed.length;
  }

  /** A version that was not ready yet will never be. */
  async #dropWaiting(transaction: Knex.Transaction, name: string): Promise<void> {
    await rows(
      transaction,
      `with dropped as (
         update knowledge_documents set state = 'replaced', problem = null where name = ? and state = 'waiting' returning id
       )
       delete from knowledge_passages where document_id in (select id from dropped)`,
      [name],
    );
  }

  async #insert(
    transaction: Knex.Transaction,
    document: NewDocument,
    version: number,
    hash: Buffer,
  ): Promise<void> {
    const { name, title, url, language, curatedBy, reviewBy, passages } = document;
    const documentId = this.#newId();
    await rows(
      transaction,
      `insert into knowledge_documents (id, name, version, title, url, language, curated_by, review_by, hash)
       values (?, ?, ?, ?, ?, ?, ?, ?::date, ?)`,
      [documentId, name, version, title, url ?? null, language, curatedBy, reviewBy ?? null, hash],
    );
    for (let from = 0; from < passages.length; from += CHUNK) {
      const some = passages.slice(from, from + CHUNK);
      await rows(
        transaction,
        `insert into knowledge_passages (id, document_id, position, heading, content, words)
         select p.id, ?, p.position, p.heading, p.content,
           setweight(to_tsvector(l.config, ? || ' ' || p.heading), 'A') || to_tsvector(l.config, p.content)
         from (select ?::regconfig as config) l,
           unnest(?::uuid[], ?::integer[], ?::text[], ?::text[]) as p (id, position, heading, content)`,
        [
          documentId,
          title,
          textSearchConfig(language),
          some.map(() => this.#newId()),
          some.map((_, index) => from + index),
          some.map(({ heading }) => heading),
          some.map(({ content }) => content),
        ],
      );
    }
  }
}

/** Of everything that makes a version another one. */
function hashOf({ title, url, language, curatedBy, reviewBy, passages }: NewDocument): Buffer {
  const parts = [title, url, language, curatedBy, reviewBy, passages.map((p) => [p.heading, p.content])];
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

function toSummary(row: SummaryRow): DocumentSummary {
  return {
    name: row.name,
    version: row.version,
    title: row.title,
    ...(row.url !== null && { url: row.url }),
    language: row.language,
    curatedBy: row.curated_by,
    ...(row.review_by !== null && { reviewBy: row.review_by }),
    overdue: row.overdue,
    state: row.state,
    passages: row.passages,
    embedded: row.embedded,
    ...(row.problem !== null && { problem: row.problem }),
    addedAt: row.created_at.toISOString(),
  };
}
