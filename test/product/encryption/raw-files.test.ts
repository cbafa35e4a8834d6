import { randomUUID } from 'node:crypto';
import { Cli } from '../../support/cli.js';
import { Person } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { keyFile, newKey } from '../../support/encryption.js';
import { wav } from '../../support/files.js';
import { withClient } from '../../support/postgres.js';
import type { Product } from '../../support/product.js';
import { inPostgresFiles, inRedisFiles } from '../../support/raw-files.js';

/**
 * Everything that a person writes, says or is answered has a word of its own that is nowhere else. The words are looked for in the
 * files that Postgres and Redis have on disk.
 */
const PLACES = ['title', 'message', 'answer', 'attachment', 'transcript', 'history', 'chat'] as const;

type Words = Readonly<Record<(typeof PLACES)[number], string>>;

let cluster: Cluster;
let product: Product;

afterEach(() => cluster.stop());

async function start(env: Record<string, string>): Promise<void> {
  cluster = await Cluster.start({ LOG_LEVEL: 'trace', ...env }, { persist: true });
  const TRANSCRIBE_URL = cluster.ollama.url;
  product = await cluster.all({ TRANSCRIBE_URL });
}

function newWords(): Words {
  const entries = PLACES.map((place) => [place, `${place}${randomUUID().replaceAll('-', '')}`]);
  return Object.fromEntries(entries) as Words;
}

async function talk(person: Person, words: Words): Promise<string> {
  const { id } = (await person.call('POST', '/api/conversations', { title: words.title })).body;
  cluster.ollama.script({ text: [`Rest, ${words.answer}`, ', and drink.'] });
  await person.chat(id, `It is ${words.message} that hurts.`);
  // Untitled: the title comes from the message.
  cluster.ollama.script({ text: ['Yes.'] });
  await person.chat(await person.newConversation(), `${words.message} again`);
  cluster.ollama.hears(`I said ${words.transcript}.`);
  cluster.ollama.script({ text: ['I heard it.'] });
  const recording = wav(1);
  recording.write(words.attachment, 1000, 'latin1');
  const voice = new File([new Uint8Array(recording)], 'voice.wav');
  const attachment = (await person.upload(voice)).body;
  await person.chat(id, '', { attachments: [attachment.id] });
  cluster.ollama.script({ text: ['Complete.'] });
  const messages = [
    { role: 'system', content: `Speak of ${words.history}.` },
    { role: 'user', content: `First ${words.history}` },
    { role: 'assistant', content: 'Yes?' },
    { role: 'user', content: `Then ${words.message}` },
  ];
  await person.call('POST', '/v1/chat/completions', { model: 'llama3.2', messages });
  cluster.ollama.script({ text: ['Chat.'] });
  const parts = [{ type: 'text', text: `Chat ${words.chat}` }];
  const message = { id: randomUUID(), role: 'user', parts };
  const chat = { id: randomUUID(), messages: [message], trigger: 'submit-message' };
  await (await person.open('POST', '/api/ai-sdk/chat', chat)).text();
  return id;
}

function inLogs(words: readonly string[]): string[] {
  return [...product.lines, product.stderr].filter((line) => words.some((word) => line.includes(word)));
}

async function count(table: string): Promise<number> {
  let found = 0;
  await withClient(cluster.database.url, async (client) => {
    const { rows } = await client.query(`select count(*)::int as count from ${table}`);
    found = rows[0].count;
  });
  return found;
}

test('without encryption each word is in the files, so the search would find it', async () => {
  await start({});
  const words = newWords();
  await talk(await Person.register(product.url), words);
  const found = async (word: string) => (await inPostgresFiles(cluster.database.url, [word])).length > 0;
  for (const place of PLACES) expect([place, await found(words[place])]).toEqual([place, true]);
  expect(await inRedisFiles(cluster.redis, [words.answer])).not.toEqual([]);
  expect(await count('data_keys')).toBe(0);
});

test('with encryption no word is in any file or log, and the person reads all of them', async () => {
  const ENCRYPTION_KEY_FILE = await keyFile(newKey('k1'));
  await start({ ENCRYPTION_KEY_FILE });
  const words = newWords();
  const all = Object.values(words);
  const person = await Person.register(product.url);
  const conversation = await talk(person, words);
  expect(await inPostgresFiles(cluster.database.url, all)).toEqual([]);
  expect(await inRedisFiles(cluster.redis, all)).toEqual([]);
  expect(inLogs(all)).toEqual([]);
  expect(await count('data_keys')).toBe(1);

  const { body: history } = await person.call('GET', `/api/conversations/${conversation}/messages`);
  const read = JSON.stringify(history);
  for (const place of ['message', 'answer', 'transcript'] as const) expect(read).toContain(words[place]);
  const { body: list } = await person.call('GET', '/api/conversations');
  expect(JSON.stringify(list)).toContain(words.title);
  expect(JSON.stringify(list)).toContain(`${words.message} again`);
  const bytes = Buffer.from(words.attachment, 'latin1');
  const file = await person.open('GET', `/api/attachments/${history.items[2].attachments[0].id}`);
  expect(Buffer.from(await file.arrayBuffer()).includes(bytes)).toBe(true);

  const { body: exported } = await person.call('GET', '/api/me/export');
  const { id } = (await person.call('GET', '/api/me')).body;
  const env = { DATABASE_URL: cluster.database.url, REDIS_URL: cluster.redis.url };
  const printed = await Cli.run(['user', 'export', id], { env: { ...env, ENCRYPTION_KEY_FILE } });
  for (const document of [exported, JSON.parse(printed.stdout)]) {
    const { attachments, ...texts } = document;
    for (const place of PLACES) {
      if (place !== 'attachment') expect(JSON.stringify(texts)).toContain(words[place]);
    }
    expect(Buffer.from(attachments[0].content, 'base64').includes(bytes)).toBe(true);
  }
  expect(await Cli.run(['user', 'export', id], { env })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^veda-gateway: ENCRYPTION_KEY_FILE is required.*\n$/),
  });

  expect((await person.call('DELETE', '/api/me', { password: 'correct horse' })).status).toBe(202);
  expect(await count('data_keys')).toBe(0);
  expect(await inPostgresFiles(cluster.database.url, all)).toEqual([]);
  expect(await inRedisFiles(cluster.redis, all)).toEqual([]);
});
