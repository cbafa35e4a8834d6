import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Cli } from '../support/cli.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { type Collector, startCollector } from '../support/collector.js';
import { addDocuments, EMBED_MODEL, newDocument } from '../support/documents.js';
import { wav } from '../support/files.js';
import { withClient } from '../support/postgres.js';
import type { Product } from '../support/product.js';
import { TestSocket } from '../support/socket.js';

/**
 * Everything that a user tells the gateway contains a word that is nowhere else. After the account is deleted, the word is
 * looked for wherever the product keeps anything.
 */

const PASSWORD = 'correct horse';

interface Canary {
  readonly word: string;
  readonly person: Person;
}

let cluster: Cluster;
let gateway: Product;
let worker: Product;
let collector: Collector;

beforeEach(async () => {
  collector = await startCollector();
  cluster = await Cluster.start({
    LOG_LEVEL: 'trace',
    METRICS_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    // The SDK sends what it has every so often, in ms.
    OTEL_BSP_SCHEDULE_DELAY: '100',
    EMBED_MODEL,
    // Every passage is similar enough: each answer has sources.
    KNOWLEDGE_SIMILARITY: '0',
  });
  await addDocuments(cluster, newDocument('pain', ['Where it hurts, drink water.']));
  [gateway, worker] = await Promise.all([cluster.gateway(), cluster.worker()]);
});

afterEach(async () => {
  await cluster.stop();
  await collector.stop();
});

/** A user whose name, email, titles, messages, keys and client all have the word in them. */
async function newCanary(): Promise<Canary> {
  const word = `canary${randomUUID().replaceAll('-', '')}`;
  const headers = { 'Content-Type': 'application/json', 'User-Agent': `phone of ${word}` };
  const email = `${word}@example.org`;
  const post = (path: string, body: object) =>
    fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  await post('/api/auth/register', { email, password: PASSWORD, name: word });
  expect((await post('/api/auth/login', { email, password: `${word} is wrong` })).status).toBe(401);
  const { accessToken } = (await (await post('/api/auth/login', { email, password: PASSWORD })).json()) as {
    accessToken: string;
  };
  return { word, person: new Person(gateway.url, accessToken) };
}

/** Talks over every transport, with an answer that repeats the word. */
async function talk({ word, person }: Canary): Promise<void> {
  cluster.ollama.script({ text: [`You said ${word}. `, 'Drink water.'] });
  const { id } = (await person.call('POST', '/api/conversations', { title: `title of ${word}` })).body;
  await person.chat(id, `It is ${word} that hurts.`, { client_message_id: `key ${word}` });
  const untitled = await person.newConversation();
  const socket = await TestSocket.open(person, untitled);
  cluster.ollama.script({ text: [`Again ${word}.`] });
  socket.say({ type: 'message', text: `${word} again`, client_message_id: `socket ${word}` });
  await socket.next('done');
  socket.ws.close();
  const removed = await person.newConversation();
  cluster.ollama.script({ text: [`And ${word}.`] });
  await person.chat(removed, `deleted: ${word}`);
  await person.call('DELETE', `/api/conversations/${removed}`);
  await person.call('PATCH', `/api/conversations/${untitled}`, { title: `now ${word}` });
  cluster.ollama.script({ text: [`Chat ${word}.`] });
  const message = { id: `ui ${word}`, role: 'user', parts: [{ type: 'text', text: `chat ${word}` }] };
  const chat = { id: `chat ${word}`, messages: [message], trigger: 'submit-message' };
  expect(await (await person.open('POST', '/api/ai-sdk/chat', chat)).text()).toContain(word);
  cluster.ollama.script({ text: [`Complete ${word}.`] });
  const turns = [
    { role: 'system', content: `system ${word}` },
    { role: 'user', content: `history ${word}` },
    { role: 'assistant', content: 'Yes?' },
    { role: 'user', content: `completion ${word}` },
  ];
  const completion = await person.call('POST', '/v1/chat/completions', {
    model: 'llama3.2',
    messages: turns,
  });
  expect(JSON.stringify(completion.body)).toContain(word);
  await person.upload(voice(word));
  const found = await person.call('GET', `/api/search?q=${word}`);
  expect(found.body.items.length).toBeGreaterThan(3);
  expect((await person.call('POST', '/api/search', { q: word })).body).toEqual(found.body);
  expect((await person.call('GET', `/api/conversations/${word}`)).status).toBe(404);
  expect((await person.call('GET', `/api/conversations?cursor=${word}`)).status).toBe(400);
}

/** Has an answer begin that does not end, and resolves when its text is in the log. */
async function beginAnswer({ word, person }: Canary): Promise<void> {
  cluster.ollama.script({ text: [`Beginning ${word} `, 'and no end'], fault: 'stall', after: 1 });
  const conversation = await person.newConversation();
  const socket = await TestSocket.open(person, conversation);
  socket.say({ type: 'message', text: `begin ${word}` });
  await socket.next('chunk');
}

/** A recording, in whose sound the word is as bytes. */
function voice(word: string): File {
  const file = wav(1);
  file.write(word, 1000, 'latin1');
  return new File([new Uint8Array(file)], `${word}.wav`);
}

async function deleteAccount({ person }: Canary): Promise<void> {
  expect((await person.call('DELETE', '/api/me', { password: PASSWORD })).status).toBe(202);
}

/** Where in Postgres a word is: the names of tables, whatever schema and column. */
async function inPostgres(word: string): Promise<string[]> {
  const found: string[] = [];
  await withClient(cluster.database.url, async (client) => {
    const { rows: tables } = await client.query(
      `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    for (const { name } of tables) {
      // Bytes are shown as hexadecimal digits.
      const { rows } = await client.query(
        `select from ${name} t where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%' limit 1`,
        [word, Buffer.from(word).toString('hex')],
      );
      if (rows.length > 0) found.push(name);
    }
  });
  return found;
}

/** The files of attachments in a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== 'veda-attachments')
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** Where in Redis it is, BullMQ's jobs included: keys whose name or value has the word. */
async function inRedis(word: string): Promise<string[]> {
  const redis = new Redis(cluster.redis.url);
  const found: string[] = [];
  for (const key of await redis.keys('*')) {
    if (key.includes(word) || JSON.stringify(await valueOf(redis, key)).includes(word)) found.push(key);
  }
  redis.disconnect();
  return found;
}

async function valueOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  if (type === 'string') return redis.get(key);
  if (type === 'hash') return redis.hgetall(key);
  if (type === 'list') return redis.lrange(key, 0, -1);
  if (type === 'set') return redis.smembers(key);
  if (type === 'zset') return redis.zrange(key, 0, '-1');
  // A key that has expired has the type `none`.
  return type === 'stream' ? redis.xrange(key, '-', '+') : '';
}

function inLogs(word: string): string[] {
  return cluster.products.flatMap(({ lines, stderr }) =>
    [...lines, stderr].filter((line) => line.includes(word)),
  );
}

/** What the processes that run say to Prometheus, the lines with the word. */
async function inMetrics(word: string): Promise<string[]> {
  const running = cluster.products.filter(({ process }) => process.exitCode === null && !process.killed);
  const texts = await Promise.all(
    running.map(async (product) => {
      const { port } = await product.logged('metrics');
      return (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    }),
  );
  expect(texts.join('')).toContain('veda_messages_accepted_total');
  return texts
    .join('')
    .split('\n')
    .filter((line) => line.includes(word));
}

/** Resolves when the word is nowhere. A worker removes what is left within seconds; the test's own time limit ends the wait. */
async function gone(word: string): Promise<void> {
  for (;;) {
    const left = [...(await inPostgres(word)), ...(await inRedis(word))];
    if (left.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(inLogs(word)).toEqual([]);
  expect(await inMetrics(word)).toEqual([]);
  await collector.span(({ name }) => name === 'accept');
  expect(collector.bodies.filter((body) => body.includes(word))).toEqual([]);
}

test('the search finds the word everywhere while the account is there', async () => {
  const canary = await newCanary();
  await talk(canary);
  await beginAnswer(canary);
  expect(await inPostgres(canary.word)).toEqual(
    expect.arrayContaining([
      'public.attachment_pieces',
      'public.conversations',
      'public.dialect_requests',
      'public.generations',
      'public.login_sessions',
      'public.messages',
      'public.users',
    ]),
  );
  expect(await inRedis(canary.word)).toContainEqual(expect.stringMatching(/:text$/));
  expect(inLogs(canary.word)).toEqual([]);
});

test('nothing is left of a user who was at rest', async () => {
  const canary = await newCanary();
  await talk(canary);
  await deleteAccount(canary);
  await gone(canary.word);
});

test('nothing is left of a user whose files were in a folder, and an export has them', async () => {
  await Promise.all([gateway.stop(), worker.stop()]);
  const ATTACHMENT_DIR = await mkdtemp(join(tmpdir(), 'veda-attachments-'));
  [gateway, worker] = await Promise.all([
    cluster.gateway({ ATTACHMENT_DIR }),
    cluster.worker({ ATTACHMENT_DIR }),
  ]);
  const canary = await newCanary();
  const { word, person } = canary;
  await talk(canary);
  expect(await inPostgres(word)).not.toContain('public.attachment_pieces');
  const [file] = await filesIn(ATTACHMENT_DIR);
  expect((await readFile(file ?? '')).includes(word)).toBe(true);
  const { body: exported } = await person.call('GET', '/api/me/export');
  expect(Buffer.from(exported.attachments[0].content, 'base64').includes(word)).toBe(true);
  await deleteAccount(canary);
  await gone(word);
  while ((await filesIn(ATTACHMENT_DIR)).length > 0) await new Promise((resolve) => setTimeout(resolve, 200));
  await rm(ATTACHMENT_DIR, { recursive: true });
});

test('nothing is left when the deletion met a running answer', async () => {
  const canary = await newCanary();
  await beginAnswer(canary);
  await deleteAccount(canary);
  await gone(canary.word);
});

test('nothing is left when the answer’s worker was dead', async () => {
  const canary = await newCanary();
  await beginAnswer(canary);
  await worker.stop('SIGKILL');
  await deleteAccount(canary);
  worker = await cluster.worker();
  await gone(canary.word);
});

test('nothing is left when the answer’s worker hung, and woke up afterwards', async () => {
  const canary = await newCanary();
  await beginAnswer(canary);
  worker.process.kill('SIGSTOP');
  await deleteAccount(canary);
  worker.process.kill('SIGCONT');
  await gone(canary.word);
});

test('nothing is left when Redis was away, and the gateway that deleted was killed', async () => {
  const canary = await newCanary();
  await talk(canary);
  await beginAnswer(canary);
  cluster.redis.freeze();
  await deleteAccount(canary);
  await gateway.stop('SIGKILL');
  cluster.redis.thaw();
  await gone(canary.word);
});

test('nothing is left of a user whom an operator deleted', async () => {
  const canary = await newCanary();
  await talk(canary);
  await beginAnswer(canary);
  const cli = await Cli.run(['user', 'delete', `${canary.word}@example.org`], {
    env: { DATABASE_URL: cluster.database.url, REDIS_URL: cluster.redis.url },
  });
  expect(cli).toMatchObject({ code: 0, stderr: '' });
  await gone(canary.word);
});
