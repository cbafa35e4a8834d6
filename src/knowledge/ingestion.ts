import { codeOf } from '../kernel/tracer.js';
import type { Embedder } from './embedder.js';
import type { IngestionJob, IngestionStore } from './knowledge-store.js';

export interface IngestionPorts {
  readonly store: IngestionStore;
  readonly embedder: Embedder;
}

/** How many passages go to the model at once: enough to keep it busy, few enough to lose little with a crash. */
const BATCH = 16;
/** How long a process may be silent before another takes its document, in ms. A model that loads first takes minutes. */
const LEASE_MS = 300_000;
/** How long a document waits after a failure, in ms. */
const PAUSE_MS = 30_000;

/** What a round of ingestion has done. */
export type Ingested =
  | { kind: 'idle' }
  | { kind: 'ready'; title: string; passages: number }
  /** It is tried again later. */
  | { kind: 'failed'; title: string; error: unknown };

/**
 * Embeds the next document that waits, batch by batch. What is embedded is stored with each batch, so a document whose process
 * died is continued where it was. May run in any number of processes.
 * @throws when the store fails, and the signal's reason when it aborts; then another round continues
 */
export async function ingestNext(ports: IngestionPorts, signal: AbortSignal): Promise<Ingested> {
  const { store, embedder } = ports;
  const job = await store.claim(embedder.model, LEASE_MS);
  if (!job) return { kind: 'idle' };
  const { title } = job;
  let passages = 0;
  for (;;) {
    const batch = await store.unembedded(job, embedder.model, BATCH);
    if (batch.length === 0) break;
    try {
      const texts = batch.map(({ heading, content }) => textOf(job, heading, content));
      const vectors = await embedder.passages(texts, signal);
      const byId = new Map(batch.map(({ id }, index) => [id, vectors[index] as Float32Array]));
      await store.storeVectors(job, embedder.model, byId, LEASE_MS);
    } catch (error) {
      // At the end of the process the document is free at once, without a problem of its own.
      await store.postpone(job, signal.aborted ? '' : problemOf(error), signal.aborted ? 0 : PAUSE_MS);
      signal.throwIfAborted();
      return { kind: 'failed', title, error };
    }
    passages += batch.length;
  }
  await store.finish(job);
  return { kind: 'ready', title, passages };
}

/** A passage is found by the words of its title and headings, too. */
function textOf({ title }: IngestionJob, heading: string, content: string): string {
  return [title, heading, content].filter((part) => part !== '').join('\n');
}

/** A `ProviderError` has no text of anybody in it. */
function problemOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? error.message : codeOf(error);
}
