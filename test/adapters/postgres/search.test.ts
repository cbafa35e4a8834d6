import * as migration from '../../../migrations/022_search.js';
import { noCipher } from '../../../src/adapters/encryption/cipher.js';
import { PostgresSearchBacklog } from '../../../src/adapters/postgres/search-backlog.js';
import { PostgresSearchStore } from '../../../src/adapters/postgres/search-store.js';
import { startApp } from '../../../src/app.js';
import { parseConfig } from '../../../src/config.js';
import { Search } from '../../../src/conversation/search.js';
import { searchTerms } from '../../../src/conversation/search-words.js';
import { DISCLAIMER } from '../../../src/generation/disclaimer.js';
import type { SearchPage } from '../../../src/protocol/search.js';
import { encryptRows } from '../../support/encryption.js';
import { startRedis } from '../../support/redis.js';
import { accept, newUser, openRows, type Rows, request } from '../../support/rows.js';
import { SILENT } from '../../support/silent-log.js';

const OWN = 'Never stop your tablets without asking.';

// Before `encryptRows`, because the texts are plain.
describe('texts that were there before the search', () => {
  let rows: Rows;
  let backlog: PostgresSearchBacklog;
  let userId: string;

  beforeEach(async () => {
    rows = await openRows();
    backlog = new PostgresSearchBacklog(rows.database);
    userId = await newUser(rows);
    await migration.down(rows.database);
    await write('first pain');
    await write('second pain');
    await migration.up(rows.database);
  });
  afterEach(() => rows.close());

  async function write(text: string): Promise<string> {
    const { id } = await rows.conversations.create(userId, `title of the ${text}`);
    await accept(rows, request(userId, id, { operation: { kind: 'send', text, whenBusy: 'queue' } }));
    return id;
  }

  async function found(): Promise<string[]> {
    const search = new Search(new PostgresSearchStore(rows.database, noCipher), []);
    const { items } = await search.page(userId, searchTerms('pain'), 20, undefined);
    return items.map(({ excerpt }) => excerpt.text).toSorted();
  }

  async function indexAll(): Promise<void> {
    while (await backlog.indexSome());
  }

  test('are found when they are indexed; newer ones at once', async () => {
    await write('newest pain');
    expect(await found()).toEqual(['newest pain', 'title of the newest pain']);
    expect(await backlog.exists()).toBe(true);
    await indexAll();
    expect(await backlog.exists()).toBe(false);
    expect(await found()).toEqual([
      'first pain',
      'newest pain',
      'second pain',
      'title of the first pain',
      'title of the newest pain',
      'title of the second pain',
    ]);
  });

  test('are indexed by a worker after its start', async () => {
    const redis = await startRedis();
    const app = await startApp(
      parseConfig({ ROLE: 'worker', LLM_PROVIDER: 'echo', DATABASE_URL: rows.url, REDIS_URL: redis.url }),
      SILENT,
    );
    while (await backlog.exists()) await new Promise(setImmediate);
    expect(await found()).toHaveLength(4);
    await app.stop();
    await redis.stop();
  });

  test('are indexed by one worker at a time', async () => {
    const other = await rows.database.transaction();
    await other.raw('select from search_backlog for update');
    expect(await backlog.indexSome()).toBe(false);
    expect(await found()).toEqual([]);
    expect(await backlog.exists()).toBe(true);
    await other.rollback();
    await indexAll();
    expect(await found()).toHaveLength(4);
  });

  test('may be deleted meanwhile', async () => {
    const id = await write('last pain');
    await rows.database.raw('delete from message_words; delete from title_words');
    const deletion = await rows.database.transaction();
    await deletion.raw('delete from conversations where id = ?', [id]);
    const indexed = backlog.indexSome().catch((error: unknown) => error);
    const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await rows.database.raw(waits)).rowCount === 0);
    await deletion.commit();
    expect(await indexed).toMatchObject({ code: '23503' });
    await indexAll();
    expect(await found()).toHaveLength(4);
  });
});

describe.each([
  ['plain text', () => {}],
  ['encrypted text', encryptRows],
])('over %s', (_, prepare) => {
  let rows: Rows;
  let search: Search;
  let userId: string;

  beforeAll(async () => {
    prepare();
    rows = await openRows();
    search = new Search(new PostgresSearchStore(rows.database, rows.cipher), [DISCLAIMER, OWN]);
    await rows.database.raw('insert into disclaimers values (sha256(?), ?)', [Buffer.from(OWN), OWN]);
  });
  afterAll(() => rows.close());
  beforeEach(async () => {
    userId = await newUser(rows);
  });

  const find = (words: string, limit = 20, before?: string, user = userId): Promise<SearchPage> =>
    search.page(user, searchTerms(words), limit, before);

  /** The excerpts, each with its marks in brackets. */
  const found = async (words: string, user = userId): Promise<string[]> => {
    const { items } = await find(words, 20, undefined, user);
    return items.map(({ excerpt: { text, marks } }) =>
      marks.reduceRight(
        (marked, { start, end }) =>
          `${marked.slice(0, start)}[${marked.slice(start, end)}]${marked.slice(end)}`,
        text,
      ),
    );
  };

  async function ask(text: string, title: string | null = null): Promise<{ id: string; answerId: string }> {
    const { id } = await rows.conversations.create(userId, title);
    const operation = { kind: 'send', text, whenBusy: 'queue' } as const;
    const { ref } = await accept(rows, request(userId, id, { operation }));
    return { id, answerId: ref.messageId };
  }

  /** As an answer's final row has its text. */
  async function answer(id: string, text: string): Promise<void> {
    const content = await rows.cipher.seal({ userId }, `messages.content ${id}`, text);
    await rows.database('messages').where({ id }).update({ content });
  }

  test('questions, answers and given titles are found by all their words, the newest first', async () => {
    const first = await ask('My cough is worse at night.');
    await answer(first.answerId, `Warm drinks help against a cough at night.\n\n${DISCLAIMER}`);
    const second = await ask('Does ginger help?', 'The night cough of my son');
    const { items } = await find('cough night');
    expect(items.map(({ conversation, messageId, role }) => [conversation.id, messageId, role])).toEqual([
      [second.id, null, null],
      [first.id, first.answerId, 'assistant'],
      [first.id, expect.any(String), 'user'],
    ]);
    expect(items.map(({ conversation }) => conversation.title)).toEqual([
      'The night cough of my son',
      'My cough is worse at night.',
      'My cough is worse at night.',
    ]);
    expect(await found('cough night')).toEqual([
      'The [night] [cough] of my son',
      'Warm drinks help against a [cough] at [night].',
      'My [cough] is worse at [night].',
    ]);
    expect(await found('cough unicorn')).toEqual([]);
  });

  test('the last word may be the beginning of one, the others are whole', async () => {
    await ask('Fever since Tuesday');
    expect(await found('fever tue')).toEqual(['[Fever] since [Tuesday]']);
    expect(await found('fev tuesday')).toEqual([]);
  });

  test.each([
    ['fievre', 'La fièvre monte', 'La [fièvre] monte'],
    ['FIÈVRE', 'une fievre', 'une [fievre]'],
    ['ребён', 'Мой РЕБЁНОК кашляет', 'Мой [РЕБЁНОК] кашляет'],
    ['बुखार', 'मुझे तेज़ बुखार है।', 'मुझे तेज़ [बुखार] है।'],
    ['حرارة', 'عندي حرارة، ماذا أفعل؟', 'عندي [حرارة]، ماذا أفعل؟'],
    ['发烧', '孩子发烧了怎么办？', '孩子[发烧]了怎么办？'],
    ['ปวดหัว', 'ฉันปวดหัวมาก', 'ฉัน[ปวดหัว]มาก'],
    ["don't", 'I don’t sleep', 'I [don]’[t] sleep'],
    ['example.org', 'see ada@example.org, please', 'see ada@[example].[org], please'],
    ['2,5 mg', 'Take 2.5mg or 2.5 mg.', 'Take [2].5mg or [2].[5] [mg].'],
    ['<b>', 'x < y <b>bold</b> & more', 'x < y <[b]>[bold]</[b]> & more'],
  ])('%s is found in %s', async (words, text, marked) => {
    await ask(text);
    expect(await found(words)).toEqual([marked]);
  });

  test('what the disclaimers say is not found, and neither is half a phrase', async () => {
    const { answerId } = await ask('孩子发烧了');
    await answer(answerId, `Rest well.\n\n${DISCLAIMER}`);
    const other = await ask('And tea?');
    await answer(other.answerId, `Yes.\n\n${OWN}`);
    for (const words of ['educational', 'tablets', '烧发']) expect(await found(words)).toEqual([]);
    expect(await found('rest')).toEqual(['[Rest] well.']);
  });

  test('nobody finds what others wrote, what was deleted, or what is ephemeral', async () => {
    const kept = await ask('About my migraine');
    const gone = await ask('My migraine again');
    await rows.conversations.remove(userId, gone.id);
    expect(await found('migraine')).toEqual(['About my [migraine]']);
    expect(await found('migraine', await newUser(rows))).toEqual([]);
    await rows.database('conversations').where({ id: kept.id }).update({ ephemeral: true });
    expect(await found('migraine')).toEqual([]);
  });

  test('a renamed conversation is found by its title of now', async () => {
    const { id } = await ask('What helps?', 'About knees');
    await rows.conversations.change(userId, id, { title: 'About elbows' });
    expect(await found('knees')).toEqual([]);
    expect(await found('elbow')).toEqual(['About [elbows]']);
    await rows.conversations.change(userId, id, { title: null });
    expect(await found('elbow')).toEqual([]);
  });

  test('the pages together have every hit once, and end', async () => {
    for (let count = 0; count < 7; count++) await ask(`Pill number ${count}`);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await find('pill', 3, cursor);
      seen.push(...page.items.map(({ messageId }) => messageId ?? ''));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
    expect(seen).toEqual(seen.toSorted((a, b) => (a < b ? 1 : -1)));
  });

  test('a long text is found by its first words, and its excerpt is short and cuts no character', async () => {
    const { answerId } = await ask('Tell me much');
    await answer(answerId, `${'🩺'.repeat(500)} needle ${'🩺'.repeat(300_000)}`);
    const { items } = await find('needle');
    const [hit] = items;
    expect(hit?.excerpt.text.length).toBeLessThan(220);
    expect(hit?.excerpt.text).toMatch(/^…(🩺)+ needle (🩺)+…$/u);
    // Half a surrogate pair.
    expect(hit?.excerpt.text).not.toMatch(/[\uD800-\uDFFF]/u);
  });
});

test('what is older than the newest texts is found in its place, and pages have each once', async () => {
  const rows = await openRows();
  const search = new Search(new PostgresSearchStore(rows.database, noCipher), []);
  const userId = await newUser(rows);
  const { id } = await rows.conversations.create(userId, null);
  await rows.database.raw(
    `insert into messages (id, conversation_id, seq, role, content)
     select lpad(to_hex(n), 32, '0')::uuid, ?, n, 'user', case when n % 300 = 0 then 'needle ' else 'hay ' end || n
     from generate_series(1, 2300) n`,
    [id],
  );
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await search.page(userId, searchTerms('needle'), 2, cursor);
    seen.push(...page.items.map(({ excerpt }) => excerpt.text));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual([2100, 1800, 1500, 1200, 900, 600, 300].map((n) => `needle ${n}`));
  const { items } = await search.page(userId, searchTerms('hay'), 2, undefined);
  expect(items.map(({ excerpt }) => excerpt.text)).toEqual(['hay 2300', 'hay 2299']);
  await rows.close();
});

test('text that is encrypted later is no longer among the words', async () => {
  encryptRows();
  const rows = await openRows();
  const userId = await newUser(rows);
  const { id } = await rows.conversations.create(userId, null);
  const messageId = (await accept(rows, request(userId, id))).userMessage.id;
  const words = () => rows.database('message_words').where({ message_id: messageId }).first();
  await rows.database('messages').where({ id: messageId }).update({ content: 'plain' });
  expect(await words()).toMatchObject({ words: expect.stringContaining('plain') });
  const sealed = await rows.cipher.seal({ userId }, `messages.content ${messageId}`, 'plain');
  await rows.database('messages').where({ id: messageId }).update({ content: sealed });
  expect(await words()).toMatchObject({ words: null });
  await rows.close();
});

test('over encrypted text a page reads so much at the most, and the next one goes on', async () => {
  encryptRows();
  const rows = await openRows();
  const search = new Search(new PostgresSearchStore(rows.database, rows.cipher), []);
  const userId = await newUser(rows);
  const { id } = await rows.conversations.create(userId, null);
  await rows.database.raw(
    `insert into messages (id, conversation_id, seq, role, content)
     select lpad(to_hex(n), 32, '0')::uuid, ?, n, 'user', case n when 1 then 'needle' else 'hay' end
     from generate_series(1, 2300) n`,
    [id],
  );
  const first = await search.page(userId, searchTerms('needle'), 20, undefined);
  expect(first.items).toEqual([]);
  const second = await search.page(userId, searchTerms('needle'), 20, first.nextCursor ?? undefined);
  expect(second).toMatchObject({ items: [{ excerpt: { text: 'needle' } }], nextCursor: null });
  await rows.close();
});
