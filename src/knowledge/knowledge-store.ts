import type { DocumentSummary, NewDocument } from './document.js';

/** What became of a document that was added. */
export type Added =
  | { kind: 'added'; version: number; passages: number }
  /** The current version, or the one that waits, has the same content and the same record. */
  | { kind: 'unchanged'; version: number }
  /** The store would have more passages than it may. */
  | { kind: 'full'; limit: number };

/** The documents, as operators administer them. */
export interface KnowledgeStore {
  /** Stores a new version of a document, to be embedded. Adding the same again changes nothing. */
  add(document: NewDocument): Promise<Added>;
  /** The newest first; without versions that were replaced unless `all`. */
  list(all?: boolean): Promise<readonly DocumentSummary[]>;
  /** Deletes all versions of a document. How many there were. */
  remove(name: string): Promise<number>;
}

/** A document whose passages are to be embedded, leased to one process. */
export interface IngestionJob {
  readonly documentId: string;
  readonly title: string;
}

export interface UnembeddedPassage {
  readonly id: string;
  readonly heading: string;
  readonly content: string;
}

/**
 * The queue of documents to embed. The rows are the queue: a document with a passage that has no vector of the model is a job.
 * So nothing is lost with a process, and what it has embedded stays.
 */
export interface IngestionStore {
  /** Leases the next document that has passages without a vector of `model`. Undefined when there is none. */
  claim(model: string, leaseMs: number): Promise<IngestionJob | undefined>;
  /** Some of the document's passages without a vector of `model`, in order. */
  unembedded(job: IngestionJob, model: string, limit: number): Promise<readonly UnembeddedPassage[]>;
  /** Stores vectors, by the passages' ids, and renews the lease. */
  storeVectors(
    job: IngestionJob,
    model: string,
    vectors: ReadonlyMap<string, Float32Array>,
    leaseMs: number,
  ): Promise<void>;
  /** Puts the document in use, in place of the versions before it, and gives the lease back. */
  finish(job: IngestionJob): Promise<void>;
  /** Keeps the lease for `pauseMs`, so that the next try is later, and records why. */
  postpone(job: IngestionJob, problem: string, pauseMs: number): Promise<void>;
}
