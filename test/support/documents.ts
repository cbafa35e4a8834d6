import { uuidv7 } from 'uuidv7';
import { OllamaEmbedder } from '../../src/adapters/ollama/embedder.js';
import { connectDatabase } from '../../src/adapters/postgres/database.js';
import { PostgresIngestionStore } from '../../src/adapters/postgres/ingestion-store.js';
import { PostgresKnowledgeStore } from '../../src/adapters/postgres/knowledge-store.js';
import type { NewDocument } from '../../src/knowledge/document.js';
import { ingestNext } from '../../src/knowledge/ingestion.js';

/** Where documents are added: a gateway's database, and the model server that embeds them. */
export interface DocumentPlace {
  readonly database: { readonly url: string };
  readonly ollama: { readonly url: string };
}

export const EMBED_MODEL = 'nomic-embed-text';

/** A document in English with these passages. */
export function newDocument(
  name: string,
  passages: readonly string[],
  more: Partial<NewDocument> = {},
): NewDocument {
  return {
    name,
    title: name,
    language: 'en',
    curatedBy: 'Dr. A',
    passages: passages.map((content) => ({ heading: '', content })),
    ...more,
  };
}

/** Adds documents, and resolves when they are in use. */
export async function addDocuments(
  { database: { url }, ollama }: DocumentPlace,
  ...all: readonly NewDocument[]
): Promise<void> {
  const database = connectDatabase(url, { poolMax: 1 });
  try {
    const store = new PostgresKnowledgeStore(database, uuidv7);
    for (const document of all) await store.add(document);
    const ingestion = {
      store: new PostgresIngestionStore(database),
      embedder: new OllamaEmbedder({ hosts: [ollama.url], model: EMBED_MODEL }),
    };
    // A worker that runs may be the one that embeds them.
    for (let waits = true; waits; ) {
      await ingestNext(ingestion, new AbortController().signal);
      waits = (await store.list()).some(({ state }) => state === 'waiting');
    }
  } finally {
    await database.destroy();
  }
}
