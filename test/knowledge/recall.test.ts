import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { uuidv7 } from 'uuidv7';
import { readDocument } from '../../src/adapters/documents/read-document.js';
import { connectDatabase } from '../../src/adapters/postgres/database.js';
import { ExactVectorSearch } from '../../src/adapters/postgres/exact-vector-search.js';
import { PostgresIngestionStore } from '../../src/adapters/postgres/ingestion-store.js';
import { PostgresKnowledgeStore } from '../../src/adapters/postgres/knowledge-store.js';
import { PostgresWordSearch } from '../../src/adapters/postgres/word-search.js';
import type { Embedder } from '../../src/knowledge/embedder.js';
import { ingestNext } from '../../src/knowledge/ingestion.js';
import { cutIntoPassages } from '../../src/knowledge/passages.js';
import { fuse } from '../../src/knowledge/reciprocal-rank.js';
import { vectorOf } from '../doubles/ollama/vectors.js';
import { newDocument } from '../support/documents.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

const FOLDER = join(import.meta.dirname, 'evaluation');
const QUESTIONS = JSON.parse(readFileSync(join(FOLDER, 'questions.json'), 'utf8')) as [string, string][];
const CANDIDATES = 50;

/** No model of meaning: it compares groups of three letters (test/doubles/ollama/vectors.ts). */
const trigrams: Embedder = {
  model: 'trigrams',
  passages: async (texts) => texts.map((text) => Float32Array.from(vectorOf(text))),
  question: async (text) => Float32Array.from(vectorOf(text)),
};

let testDatabase: TestDatabase;
let database: Knex;
let vectors: ExactVectorSearch;

beforeAll(async () => {
  testDatabase = await createDatabase();
  database = connectDatabase(testDatabase.url, { poolMax: 4 });
  vectors = new ExactVectorSearch(database);
  const store = new PostgresKnowledgeStore(database, uuidv7);
  for (const text of readFileSync(join(FOLDER, 'documents.md'), 'utf8').split(/^(?=# )/m)) {
    const { title = '', blocks } = readDocument('part.md', Buffer.from(text));
    await store.add(newDocument(title, [], { passages: cutIntoPassages(blocks) }));
  }
  const ingestion = { store: new PostgresIngestionStore(database), embedder: trigrams };
  while ((await ingestNext(ingestion, new AbortController().signal)).kind !== 'idle');
});

afterAll(async () => {
  await vectors.close();
  await database.destroy();
  await testDatabase.drop();
});

test('of the evaluation, docs/knowledge.md has the figures that are measured', async () => {
  const words = new PostgresWordSearch(database);
  const found = { vectors: 0, words: 0, fused: 0 };
  for (const [question, wanted] of QUESTIONS) {
    const vector = await trigrams.question(question, new AbortController().signal);
    const near = (await vectors.nearest(vector, trigrams.model, CANDIDATES)).map(({ id }) => id);
    const matching = await words.matching(question, CANDIDATES);
    const rankings = { vectors: near, words: matching, fused: fuse([near, matching]) };
    for (const [name, ranking] of Object.entries(rankings)) {
      const passages = await words.passages(ranking.slice(0, 5));
      const titles = passages.map(({ title, heading }) => `${title} › ${heading}`);
      if (titles.includes(wanted)) found[name as keyof typeof found] += 1;
    }
  }
  const row = [found.words, found.vectors, found.fused].map((count) => `${count} of ${QUESTIONS.length}`);
  const docs = readFileSync(join(import.meta.dirname, '../../docs/knowledge.md'), 'utf8');
  expect(docs).toContain(`| recall@5 | ${row.join(' | ')} |`);
});
