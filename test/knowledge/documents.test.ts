import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { uuidv7 } from 'uuidv7';
import { OllamaEmbedder } from '../../src/adapters/ollama/embedder.js';
import { connectDatabase } from '../../src/adapters/postgres/database.js';
import { ExactVectorSearch } from '../../src/adapters/postgres/exact-vector-search.js';
import { PostgresIngestionStore } from '../../src/adapters/postgres/ingestion-store.js';
import { PostgresKnowledgeStore } from '../../src/adapters/postgres/knowledge-store.js';
import { PostgresWordSearch } from '../../src/adapters/postgres/word-search.js';
import { SystemClock } from '../../src/adapters/system-clock.js';
import type { Metrics } from '../../src/kernel/metrics.js';
import type { DocumentSummary, NewDocument } from '../../src/knowledge/document.js';
import type { Embedder } from '../../src/knowledge/embedder.js';
import { ingestNext } from '../../src/knowledge/ingestion.js';
import { Retriever } from '../../src/knowledge/retriever.js';
import type { Source } from '../../src/protocol/source.js';
import { Ingester } from '../../src/worker/ingester.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import type { CliResult } from '../support/cli.js';
import { newDocument } from '../support/documents.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { TypedCli } from '../support/terminal.js';
import { describeVectorSearch } from './vector-search.js';

const NO_METRICS: Metrics = {
  count: () => {},
  countBy: () => {},
  change: () => {},
  observe: () => {},
  observeSince: () => {},
};

let ollama: OllamaDouble;
let testDatabase: TestDatabase;
let database: Knex;

beforeAll(async () => {
  ollama = await startOllamaDouble({ models: ['nomic-embed-text', 'other'] });
  testDatabase = await createDatabase();
  database = connectDatabase(testDatabase.url, { poolMax: 4 });
});

beforeEach(async () => {
  await database.raw('delete from knowledge_documents');
  ollama.embeds('none');
});

afterAll(async () => {
  await database.destroy();
  await testDatabase.drop();
  await ollama.stop();
});

const never = new AbortController().signal;
const embedder = (model = 'nomic-embed-text') => new OllamaEmbedder({ hosts: [ollama.url], model });
const ingest = (by: Embedder = embedder(), signal = never) =>
  ingestNext({ store: new PostgresIngestionStore(database), embedder: by }, signal);
const store = (limit?: number) => new PostgresKnowledgeStore(database, uuidv7, limit);

/** The contents that have a word of the question. */
async function found(question: string): Promise<string[]> {
  const words = new PostgresWordSearch(database);
  const passages = await words.passages(await words.matching(question, 10));
  return passages.map(({ content }) => content);
}

test('of a long question the longest words are searched for', async () => {
  await store().add(newDocument('fever', ['Paracetamol.']));
  await store().add(newDocument('cold', ['Tea.']));
  while ((await ingest()).kind !== 'idle');
  // Words that no document has.
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index));
  const long = letters.map((letter) => letter.repeat(9)).join(' ');
  expect(await found('tea paracetamol')).toHaveLength(2);
  expect(await found(`tea ${long} paracetamol`)).toEqual(['Paracetamol.']);
});

describe('ingestion', () => {
  test('a document is used when it is embedded, and the version before it until then', async () => {
    expect(await store().add(newDocument('fever', ['Rest and drink.']))).toEqual({
      kind: 'added',
      version: 1,
      passages: 1,
    });
    expect(await found('rest')).toEqual([]);
    expect(await ingest()).toEqual({ kind: 'ready', title: 'fever', passages: 1 });
    expect(await found('rest')).toEqual(['Rest and drink.']);

    await store().add(newDocument('fever', ['Rest, and see a doctor.']));
    expect(await found('rest')).toEqual(['Rest and drink.']);
    await ingest();
    expect(await found('rest')).toEqual(['Rest, and see a doctor.']);
    expect(await ingest()).toEqual({ kind: 'idle' });
    expect(await store().list(true)).toMatchObject([
      { version: 2, state: 'ready', passages: 1, embedded: 1 },
      { version: 1, state: 'replaced', passages: 0 },
    ]);
    expect(await store().list()).toHaveLength(1);
  });

  test('the same document again changes nothing; another curator makes a version', async () => {
    await store().add(newDocument('fever', ['Rest.']));
    expect(await store().add(newDocument('fever', ['Rest.']))).toEqual({ kind: 'unchanged', version: 1 });
    await ingest();
    expect(await store().add(newDocument('fever', ['Rest.']))).toEqual({ kind: 'unchanged', version: 1 });
    const other = newDocument('fever', ['Rest.'], { curatedBy: 'Dr. B' });
    expect(await store().add(other)).toMatchObject({ kind: 'added', version: 2 });
    // It waits, and the next one takes its place.
    expect(await store().add(newDocument('fever', ['Sleep.']))).toMatchObject({ kind: 'added', version: 3 });
    await ingest();
    expect(await ingest()).toEqual({ kind: 'idle' });
    expect((await store().list(true)).map(({ state }) => state)).toEqual(['ready', 'replaced', 'replaced']);
  });

  test('what a dead process has embedded is not embedded again', async () => {
    await store().add(
      newDocument(
        'long',
        Array.from({ length: 40 }, (_, index) => `Passage ${index}.`),
      ),
    );
    const asked: number[] = [];
    const dying = new AbortController();
    const counted = (dies: boolean): Embedder => ({
      model: 'nomic-embed-text',
      question: () => Promise.reject(new Error('nobody asks')),
      passages: async (texts, signal) => {
        if (dies && asked.length === 1) {
          dying.abort(new Error('killed'));
          signal.throwIfAborted();
        }
        asked.push(texts.length);
        return embedder().passages(texts, signal);
      },
    });
    await expect(ingest(counted(true), dying.signal)).rejects.toThrow('killed');
    const [between] = await store().list();
    expect(between).toMatchObject({ state: 'waiting', passages: 40, embedded: 16 });
    expect(between).not.toHaveProperty('problem');
    expect(await ingest(counted(false))).toEqual({ kind: 'ready', title: 'long', passages: 24 });
    expect(asked).toEqual([16, 16, 8]);
  });

  test('a process that hangs loses its document when its lease runs out, and two never have the same', async () => {
    await store().add(newDocument('one', ['One.']));
    await store().add(newDocument('two', ['Two.']));
    const jobs = new PostgresIngestionStore(database);
    const first = await jobs.claim('nomic-embed-text', 0);
    const [second, third] = await Promise.all([1, 2].map(() => jobs.claim('nomic-embed-text', 60_000)));
    expect(new Set([second?.title, third?.title])).toEqual(new Set(['one', 'two']));
    expect(first?.title).toBe('one');
    expect(await jobs.claim('nomic-embed-text', 60_000)).toBeUndefined();
  });

  test('a model server that fails is said, and its document waits', async () => {
    await store().add(newDocument('fever', ['Rest.']));
    ollama.embeds('not-found');
    expect(await ingest()).toMatchObject({ kind: 'failed', error: { code: 'llm_failed' } });
    expect(await store().list()).toMatchObject([
      { state: 'waiting', problem: 'the model server does not have the model (404)' },
    ]);
    expect(await ingest()).toEqual({ kind: 'idle' });
  });

  test('another model embeds everything anew, and the documents stay in use', async () => {
    await store().add(newDocument('fever', ['Rest.']));
    await ingest();
    expect(await ingest(embedder('other'))).toMatchObject({ kind: 'ready', passages: 1 });
    expect(await found('rest')).toEqual(['Rest.']);
    expect(await ingest(embedder('other'))).toEqual({ kind: 'idle' });
    // Workers with either model may run side by side: none takes the vectors of the others away.
    expect(await ingest()).toEqual({ kind: 'idle' });
  });

  test('a model server that is down is passed over', async () => {
    const hosts = ['http://127.0.0.1:1', ollama.url];
    const [vector] = await new OllamaEmbedder({ hosts, model: 'other' }).passages(['Fever'], never);
    expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1);
    ollama.embeds('unavailable');
    await expect(
      new OllamaEmbedder({ hosts, model: 'other' }).question('Fever', never),
    ).rejects.toMatchObject({
      code: 'llm_unavailable',
    });
  });

  test('the model gets the words that it was trained to see before a question and a passage', async () => {
    const before = ollama.requests().length;
    await embedder().question('Is fever bad?', never);
    await store().add(newDocument('fever', ['Rest.']));
    await ingest();
    const inputs = ollama
      .requests()
      .slice(before)
      .map(({ body }) => (body as { input: string[] }).input);
    expect(inputs).toEqual([['search_query: Is fever bad?'], ['search_document: fever\nRest.']]);
  });

  test('a worker embeds what waits, and says so', async () => {
    await store().add(newDocument('fever', ['Rest.']));
    const said: string[] = [];
    let resolve = (): void => {};
    const first = new Promise<void>((done) => {
      resolve = done;
    });
    const say = (event: string): void => {
      said.push(event);
      resolve();
    };
    const ingester = new Ingester({
      store: new PostgresIngestionStore(database),
      embedder: embedder(),
      clock: new SystemClock(),
      logger: { debug: say, info: say, warn: say, error: say },
    });
    ingester.start();
    await first;
    await ingester.stop();
    expect(said).toEqual(['document ready']);
    expect(await found('rest')).toEqual(['Rest.']);
  });

  test('there is a limit to what all documents have together', async () => {
    await store(2).add(newDocument('one', ['One.']));
    expect(await store(2).add(newDocument('two', ['Two.', 'Three.']))).toEqual({ kind: 'full', limit: 2 });
    expect(await store().list()).toHaveLength(1);
  });
});

describe('search by words', () => {
  const add = async (...all: NewDocument[]): Promise<void> => {
    for (const each of all) {
      await store().add(each);
      await ingest();
    }
  };

  test('one word is enough, in any of its forms; more of them count more', async () => {
    await add(
      newDocument('a', [
        'Infections of the ear hurt.',
        'Treating an infection of the throat.',
        'Broken legs.',
      ]),
    );
    expect(await found('How do you treat a throat infected by bacteria?')).toEqual([
      'Treating an infection of the throat.',
      'Infections of the ear hurt.',
    ]);
    expect(await found("the & of | ! '")).toEqual([]);
  });

  test('each document is searched by the stems of its language', async () => {
    await add(
      newDocument('de', ['Entzündungen heilen.'], { language: 'de' }),
      newDocument('xx', ['Entzündungen.'], { language: 'xx' }),
    );
    expect(await found('Ist das eine Entzündung?')).toEqual(['Entzündungen heilen.']);
  });

  test('the title and the headings count', async () => {
    await add({
      ...newDocument('a', []),
      title: 'Migraine',
      passages: [{ heading: 'Aura', content: 'Lights flicker.' }],
    });
    expect(await found('migraine')).toEqual(['Lights flicker.']);
    expect(await found('aura')).toEqual(['Lights flicker.']);
  });

  test('a document past the day of its review is not used, and is listed as overdue', async () => {
    await add(
      newDocument('old', ['Rest.'], { reviewBy: '2020-01-31' }),
      newDocument('new', ['Rest now.'], { reviewBy: '9999-12-31' }),
    );
    expect(await found('rest')).toEqual(['Rest now.']);
    expect(await store().list()).toMatchObject([
      { name: 'new', overdue: false, reviewBy: '9999-12-31' },
      { name: 'old', overdue: true, reviewBy: '2020-01-31' },
    ]);
    expect(await new PostgresWordSearch(database).any()).toBe(true);
    await store().remove('new');
    expect(await new PostgresWordSearch(database).any()).toBe(false);
  });
});

describe('retrieval', () => {
  const search = (): ExactVectorSearch => new ExactVectorSearch(database);

  beforeEach(async () => {
    await store().add(
      newDocument('migraine', ['A dark room helps against a migraine.', 'Migraines come back.'], {
        url: 'https://example.org/migraine',
      }),
    );
    await ingest();
  });

  async function retrieve(
    question: string,
    options: { similarity?: number; required?: boolean; limitMs?: number } = {},
  ): Promise<{ sources: readonly Source[] | undefined; results: string[]; failures: Error[] }> {
    const results: string[] = [];
    const failures: Error[] = [];
    const vectors = search();
    const metrics = {
      ...NO_METRICS,
      countBy: (_name: string, labels: object) => results.push(Object.values(labels).join(' ')),
    };
    const retriever = new Retriever({
      embedder: embedder(),
      vectors,
      words: new PostgresWordSearch(database),
      clock: new SystemClock(),
      limitMs: 200_000,
      similarity: 0.4,
      required: false,
      onFailure: (error) => failures.push(error),
      metrics,
      ...options,
    });
    const sources = await retriever.retrieve(question, never);
    await vectors.close();
    return { sources, results, failures };
  }

  test('the best passages come with title and address', async () => {
    const { sources, results } = await retrieve('Does a dark room help against a migraine?');
    expect(sources?.[0]).toEqual({
      id: expect.any(String),
      title: 'migraine',
      url: 'https://example.org/migraine',
      snippet: 'A dark room helps against a migraine.',
    });
    expect(results).toEqual(['found']);
  });

  test('a passage is found by its vector, also once another model has embedded it', async () => {
    await ingest(embedder('other'));
    expect(await retrieve('Does a dark room help against a migraine?')).toMatchObject({ results: ['found'] });
  });

  test('what is not similar enough does not count; that is said where it is required', async () => {
    expect(await retrieve('Qué hora es?')).toEqual({
      sources: undefined,
      results: ['nothing'],
      failures: [],
    });
    expect(await retrieve('Qué hora es?', { required: true })).toMatchObject({ sources: [] });
    // Without documents nothing can be said of them.
    await store().remove('migraine');
    expect(await retrieve('Qué hora es?', { required: true })).toMatchObject({ sources: undefined });
  });

  test('the answer does not wait for a model that does not answer, and a failure is told', async () => {
    ollama.embeds('stall');
    expect(await retrieve('Migraine?', { limitMs: 1 })).toEqual({
      sources: undefined,
      results: ['timeout'],
      failures: [new Error('took too long')],
    });
    ollama.embeds('error');
    expect(await retrieve('Migraine?')).toMatchObject({
      sources: undefined,
      results: ['failed'],
      failures: [{ code: 'llm_failed' }],
    });
  });
});

describe('exact search in a thread', () => {
  let ownDatabase: TestDatabase;
  let own: Knex;
  let search: ExactVectorSearch;

  afterAll(async () => {
    await search.close();
    await own.destroy();
    await ownDatabase.drop();
  });

  describeVectorSearch(async () => {
    ownDatabase = await createDatabase();
    own = connectDatabase(ownDatabase.url, { poolMax: 4 });
    search = new ExactVectorSearch(own);
    const documents = new PostgresKnowledgeStore(own, uuidv7);
    return {
      search,
      add: async (name, model, vectors) => {
        await documents.add(
          newDocument(
            name,
            vectors.map((_, index) => `${name} ${index}`),
          ),
        );
        const jobs = new PostgresIngestionStore(own);
        const stored = await own.raw<{ rows: { id: string }[] }>(
          'select id from knowledge_documents where name = ?',
          [name],
        );
        const job = { documentId: stored.rows[0]?.id ?? '', title: name };
        const passages = await jobs.unembedded(job, model, 100);
        const byId = new Map(
          passages.map(({ id }, index) => [id, Float32Array.from(vectors[index] ?? [])] as const),
        );
        await jobs.storeVectors(job, model, byId, 60_000);
        await jobs.finish(job);
        return passages.map(({ id }) => id);
      },
      remove: async (name) => {
        await documents.remove(name);
      },
      expire: async (name) => {
        await own.raw(`update knowledge_documents set review_by = '2020-01-31' where name = ?`, [name]);
        await own.raw('update knowledge_revision set revision = revision + 1');
      },
    };
  });
});

describe('veda-gateway knowledge', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veda-documents-'));
    await writeFile(join(folder, 'fever.md'), '# Fever\n\nRest.\n\n## Children\n\nSee a doctor.');
    await writeFile(join(folder, 'empty.txt'), ' \n');
    await writeFile(join(folder, 'audit-key'), 'k'.repeat(32));
  });

  afterAll(() => rm(folder, { recursive: true }));

  async function knowledge(...args: readonly string[]): Promise<CliResult> {
    const env = {
      DATABASE_URL: testDatabase.url,
      OLLAMA_HOST: ollama.url,
      EMBED_MODEL: 'nomic-embed-text',
      AUDIT_LOG: 'true',
      AUDIT_KEY_FILE: join(folder, 'audit-key'),
    };
    const cli = new TypedCli(['knowledge', ...args], env);
    return { code: await cli.exit, stdout: cli.stdout, stderr: cli.stderr };
  }

  test('adds, lists and removes', async () => {
    const file = join(folder, 'fever.md');
    const options = ['--by', 'Dr. A', '--review-by', '9999-12-31', '--url', 'https://example.org/fever'];
    expect(await knowledge('add', file, ...options)).toMatchObject({
      code: 0,
      stdout: 'added fever.md, version 1: 2 passages, waits to be embedded\n',
    });
    expect((await knowledge('list')).stdout).toMatch(
      /fever\.md +1 +waiting +0 of 2 +en +Dr\. A +9999-12-31 +Fever\n/,
    );
    expect((await knowledge('add', file, ...options, '--wait')).stdout).toBe(
      'fever.md is unchanged (version 1)\n',
    );
    const [listed] = JSON.parse((await knowledge('list', '--json')).stdout) as DocumentSummary[];
    expect(listed).toEqual({
      name: 'fever.md',
      version: 1,
      title: 'Fever',
      url: 'https://example.org/fever',
      language: 'en',
      curatedBy: 'Dr. A',
      reviewBy: '9999-12-31',
      overdue: false,
      state: 'ready',
      passages: 2,
      embedded: 2,
      addedAt: expect.stringMatching(/Z$/),
    });
    expect((await knowledge('remove', file)).stdout).toBe('removed fever.md, 1 version\n');
    expect(await knowledge('remove', file)).toMatchObject({
      code: 1,
      stderr: "veda-gateway: there is no document 'fever.md'\n",
    });
    // What changed nothing is not in the trail.
    const { rows } = await database.raw(
      `select operation, kind from audit_events where kind <> 'execute' order by at`,
    );
    expect(rows).toEqual([
      { operation: 'operatorAddDocument', kind: 'create' },
      { operation: 'operatorRemoveDocument', kind: 'delete' },
    ]);
  });

  test.each([
    [['add', 'fever.md'], 2, '--by is missing'],
    [['add', 'missing.md', '--by', 'A'], 1, 'missing.md cannot be read: ENOENT'],
    [['add', 'empty.txt', '--by', 'A'], 1, 'no text was found in it'],
    [['add', 'fever.md', '--by', 'A\nB'], 2, '--by must be one line'],
    [['add', 'fever.md', '--by', 'A', '--url', 'javascript:alert(1)'], 2, '--url must be an address'],
    [['add', 'fever.md', '--by', 'A', '--review-by', '2027-02-30'], 2, '--review-by must be a day'],
    [['add', 'fever.md', '--by', 'A', '--language', 'English'], 2, '--language must be a code'],
    [['forget'], 2, "unknown action 'forget'"],
  ])('%j is refused', async ([action = '', file, ...rest], code, message) => {
    const result = await knowledge(action, ...(file ? [join(folder, file)] : []), ...rest);
    expect(result.stderr).toContain(message);
    expect(result.code).toBe(code);
  });

  test('what was stored and could not be embedded is said', async () => {
    ollama.embeds('unavailable');
    expect(await knowledge('add', join(folder, 'fever.md'), '--by', 'A', '--wait')).toMatchObject({
      code: 1,
      stderr:
        'veda-gateway: stored, but not embedded: the model server is busy (503); a worker tries again\n',
    });
    const { stdout } = await knowledge('list');
    expect(stdout).toContain('fever.md: not embedded: the model server is busy (503)\n');
  });
});
