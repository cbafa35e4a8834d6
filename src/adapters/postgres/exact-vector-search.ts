import type { Knex } from 'knex';
import { singleFlight } from '../../kernel/single-flight.js';
import type { Nearest, VectorSearch } from '../../knowledge/passage-search.js';
import { ExactIndex, type VectorTable } from '../vectors/exact-index.js';
import { rows } from './rows.js';
import { IN_USE } from './word-search.js';

/** Vectors of one statement: 3 MB at 768 dimensions. */
const CHUNK = 1000;
const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** What the vectors in memory were read for. */
interface Loaded {
  readonly revision: string;
  readonly model: string;
  readonly dimensions: number;
}

/**
 * Exact search over the vectors that are stored in Postgres, without an extension of Postgres. They are read into memory for the first
 * question, and again for the first one after a change.
 */
export class ExactVectorSearch implements VectorSearch {
  readonly #database: Knex;
  readonly #index = new ExactIndex();
  #loaded: Loaded | undefined;
  #wanted: Loaded | undefined;
  readonly #load = singleFlight(() => this.#loadWanted());

  constructor(database: Knex) {
    this.#database = database;
  }

  async nearest(question: Float32Array, model: string, limit: number): Promise<readonly Nearest[]> {
    const wanted = { revision: await this.#revision(), model, dimensions: question.length };
    // A load that is under way may have begun before the last change.
    while (!same(this.#loaded, wanted)) {
      this.#wanted = wanted;
      await this.#load();
      if (this.#wanted !== wanted) break;
    }
    return this.#index.search(question, limit);
  }

  close(): Promise<void> {
    return this.#index.close();
  }

  /** A day later, other documents may be past their review. */
  async #revision(): Promise<string> {
    const [found] = await rows<{ revision: string }>(
      this.#database,
      `select revision || ' ' || current_date as revision from knowledge_revision`,
      [],
    );
    return found?.revision ?? '';
  }

  async #loadWanted(): Promise<void> {
    const wanted = this.#wanted as Loaded;
    this.#index.load(await this.#read(wanted));
    this.#loaded = wanted;
  }

  async #read({ model, dimensions }: Loaded): Promise<VectorTable> {
    const ids: string[] = [];
    const chunks: Buffer[] = [];
    for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
      const found = await rows<{ id: string; vector: Buffer }>(
        this.#database,
        `select p.id, v.vector from knowledge_vectors v
           join knowledge_passages p on p.id = v.passage_id join knowledge_documents d on d.id = p.document_id
         where ${IN_USE} and v.model = ? and octet_length(v.vector) = ? and v.passage_id > ?
         order by v.passage_id limit ${CHUNK}`,
        [model, dimensions * BYTES, after],
      );
      for (const { id, vector } of found) {
        ids.push(id);
        chunks.push(vector);
      }
      const last = found.at(-1);
      if (!last) break;
      after = last.id;
    }
    // Shared, so that the thread gets no copy of it.
    const memory = new SharedArrayBuffer(ids.length * dimensions * BYTES);
    const bytes = new Uint8Array(memory);
    for (const [index, chunk] of chunks.entries()) bytes.set(chunk, index * dimensions * BYTES);
    return { ids, vectors: new Float32Array(memory), dimensions };
  }
}

function same(one: Loaded | undefined, other: Loaded): boolean {
  return one?.revision === other.revision && one.model === other.model && one.dimensions === other.dimensions;
}
