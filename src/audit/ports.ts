import type { AuditEntry, EntryRef, SignedHead } from './chain.js';

/** Where the chains are written. */
export interface AuditStore {
  /** The newest head of any chain. */
  newestHead(): Promise<EntryRef | undefined>;
  /** Appends entries of one chain and moves its head, both or neither. The same entries again change nothing. */
  append(entries: readonly AuditEntry[], head: SignedHead): Promise<void>;
}

/** Where they are read, by an operator. */
export interface AuditReader {
  heads(): Promise<readonly SignedHead[]>;
  /** All writers with entries. */
  writers(): Promise<readonly string[]>;
  /** Which entries the first entries of the chains come after. */
  links(): Promise<readonly EntryRef[]>;
  /** The entries of a chain, in order; read a page at a time. */
  entries(writer: string): AsyncIterable<AuditEntry>;
  /** All entries since a time, chain after chain. */
  since(at: Date): AsyncIterable<AuditEntry>;
}
