import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { QueryResultRow } from 'pg';
import { Person } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { keyFile, newKey } from '../../support/encryption.js';
import { withClient } from '../../support/postgres.js';
import { Product } from '../../support/product.js';
import { SECRET } from '../../support/token.js';

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start();
});

afterEach(() => cluster.stop());

async function query<Row extends QueryResultRow>(sql: string): Promise<Row[]> {
  let rows: Row[] = [];
  await withClient(cluster.database.url, async (client) => {
    ({ rows } = await client.query<Row>(sql));
  });
  return rows;
}

/** Looks until it is so. The test's own time limit ends the wait. */
async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** A start that must fail: what it says. */
async function refusal(env: Record<string, string>): Promise<string> {
  const { code, stderr } = await Product.fails({
    DATABASE_URL: cluster.database.url,
    REDIS_URL: cluster.redis.url,
    JWT_SECRET: SECRET,
    LLM_PROVIDER: 'echo',
    ...env,
  });
  expect(code).not.toBe(0);
  return stderr;
}

async function contents(person: Person, conversation: string): Promise<string[]> {
  const { status, body } = await person.call('GET', `/api/conversations/${conversation}/messages`);
  expect(status).toBe(200);
  return body.items.map(({ content }: { content: string }) => content);
}

test('a key is rotated while answers are written, and the old one is not needed any more', async () => {
  const [k1, k2] = [newKey('k1'), newKey('k2')];
  const ENCRYPTION_KEY_FILE = await keyFile(k1);
  const [gateway] = await Promise.all([
    cluster.gateway({ ENCRYPTION_KEY_FILE }),
    cluster.worker({ ENCRYPTION_KEY_FILE }),
  ]);
  const person = await Person.register(gateway.url);
  const conversation = await person.newConversation();
  cluster.ollama.script({ text: ['Before.'] });
  await person.chat(conversation, 'One');

  await writeFile(ENCRYPTION_KEY_FILE, `${k2}\n${k1}\n`);
  const wrappedWith = () => query<{ id: string }>('select distinct master_key_id as id from data_keys');
  const meanwhile = await person.newConversation();
  await until(async () => {
    cluster.ollama.script({ text: ['Mean', 'while.'] });
    expect((await person.chat(meanwhile, 'Two')).content).toMatch(/^Meanwhile\./);
    return (await wrappedWith())[0]?.id === 'k2';
  });
  await writeFile(ENCRYPTION_KEY_FILE, `${k2}\n`);
  // The gateway has run all the time, and makes a key for somebody new.
  const other = await Person.register(gateway.url);
  cluster.ollama.script({ text: ['After.'] });
  await other.chat(await other.newConversation(), 'Three');
  const restarted = await cluster.gateway({ ENCRYPTION_KEY_FILE });
  const texts = await contents(person.at(restarted.url), conversation);
  expect(texts).toEqual(['One', expect.stringMatching(/^Before\./)]);
  expect(await wrappedWith()).toEqual([{ id: 'k2' }]);

  // Without it, or with another of its name, nothing starts; the text is not lost.
  expect(await refusal({ ENCRYPTION_KEY_FILE: await keyFile(k1) })).toMatch(
    /^veda-gateway: ENCRYPTION_KEY_FILE lacks the key k2, .*\n$/,
  );
  expect(await refusal({ ENCRYPTION_KEY_FILE: await keyFile(newKey('k2')) })).toMatch(
    /^veda-gateway: ENCRYPTION_KEY_FILE has another key k2 .*\n$/,
  );
  expect(await refusal({})).toMatch(/^veda-gateway: ENCRYPTION_KEY_FILE is required.*\n$/);
});

test('what was written before it is switched on stays readable, is encrypted, and is not sent twice', async () => {
  const plain = await cluster.all();
  const person = await Person.register(plain.url);
  const conversation = await person.newConversation();
  cluster.ollama.script({ text: ['Drink tea.'] });
  const once = { client_message_id: randomUUID() };
  const first = await person.chat(conversation, 'A word of 2026', once);
  const before = await contents(person, conversation);
  expect(await plain.stop()).toBe(0);

  const ENCRYPTION_KEY_FILE = await keyFile(newKey('k1'));
  const gateway = await cluster.gateway({ ENCRYPTION_KEY_FILE });
  const here = person.at(gateway.url);
  expect(await contents(here, conversation)).toEqual(before);
  // Its hash is still the plain one.
  expect((await here.chat(conversation, 'A word of 2026', once)).id).toBe(first.id);

  await cluster.worker({ ENCRYPTION_KEY_FILE });
  const stored = () =>
    query<{ content: string }>('select content from messages union all select title from conversations');
  await until(async () => (await stored()).every(({ content }) => content.startsWith('\uFDD0s')));
  await until(async () => {
    const hashes = await query<{ length: number }>(
      'select octet_length(request_hash) as length from generations',
    );
    return hashes.every(({ length }) => length === 33);
  });
  expect(await contents(here, conversation)).toEqual(before);
  expect((await here.chat(conversation, 'A word of 2026', once)).id).toBe(first.id);
  const other = await here.call('POST', `/api/conversations/${conversation}/messages`, {
    text: 'Other',
    ...once,
  });
  expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_mismatch' } });
});

test('text that was copied to another row is not shown, and is readable again where it belongs', async () => {
  const ENCRYPTION_KEY_FILE = await keyFile(newKey('k1'));
  const product = await cluster.all({ ENCRYPTION_KEY_FILE });
  const person = await Person.register(product.url);
  const conversation = await person.newConversation();
  cluster.ollama.script({ text: ['Tea.'] });
  await person.chat(conversation, 'Coffee?');
  const before = await contents(person, conversation);
  const swap = `update messages m set content = o.content from messages o where m.conversation_id = o.conversation_id and m.id <> o.id`;
  await query(swap);
  const refused = await person.call('GET', `/api/conversations/${conversation}/messages`);
  expect(refused).toMatchObject({ status: 500, body: { code: 'internal' } });
  const logged = product.lines.find((line) => line.includes('not_authentic'));
  expect(JSON.parse(logged ?? '{}')).toMatchObject({ level: 'error', error: { name: 'EncryptionError' } });
  await query(swap);
  expect(await contents(person, conversation)).toEqual(before);
});

test.each([
  [
    'a file that is not there',
    async () => '/nowhere/keys',
    /^veda-gateway: ENCRYPTION_KEY_FILE cannot be read: ENOENT\n$/,
  ],
  ['an empty file', () => keyFile(), /^veda-gateway: ENCRYPTION_KEY_FILE has no key.*\n$/],
  [
    'a line of another form',
    () => keyFile(newKey('k1'), 'secret'),
    /^veda-gateway: ENCRYPTION_KEY_FILE line 2 must be .*\n$/,
  ],
  [
    'a key of zeros',
    () => keyFile(`k1:${Buffer.alloc(32).toString('base64')}`),
    /^veda-gateway: ENCRYPTION_KEY_FILE line 1 .*\n$/,
  ],
  [
    'two keys of one id',
    () => keyFile(newKey('k1'), newKey('k1')),
    /^veda-gateway: ENCRYPTION_KEY_FILE has two keys .*\n$/,
  ],
])('%s stops the start with one line', async (_what, make, line) => {
  expect(await refusal({ ENCRYPTION_KEY_FILE: await make() })).toMatch(line);
});
