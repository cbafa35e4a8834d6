import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { Person, Transcript } from '../support/client.js';
import { Product } from '../support/product.js';

let dataDir: string;

beforeAll(async () => {
  // As mktemp makes it, only its owner may enter: as root, PostgreSQL runs as another user.
  dataDir = await mkdtemp(join(tmpdir(), 'veda-embedded-'));
});

afterEach(() => Product.killAll());

afterAll(async () => {
  // As root, the cluster is elsewhere.
  await rm(await realpath(join(dataDir, 'postgres')), { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
});

function start(env: Record<string, string> = {}): Promise<Product> {
  return Product.start({ DATA_DIR: dataDir, ...env });
}

async function demo(url: string): Promise<Person> {
  const response = await fetch(`${url}/api/auth/demo`, { method: 'POST' });
  expect(response.status).toBe(201);
  return new Person(url, ((await response.json()) as { accessToken: string }).accessToken);
}

test('it starts with nothing else, answers token by token, and knows the conversation after a restart', async () => {
  const product = await start();
  const { url } = product;
  const person = await demo(url);
  const conversation = await person.newConversation();
  const transcript = new Transcript();
  for await (const { id, frame } of person.sendAndStream(conversation, 'What helps against a cold?')) {
    if ('cursor' in frame) expect(id).toBe(frame.cursor);
    transcript.take(frame);
  }
  const done = transcript.frames.at(-1);
  if (done?.type !== 'done') throw new Error(`ended with ${done?.type}`);
  expect(transcript.frames.filter(({ type }) => type === 'chunk').length).toBeGreaterThan(10);
  expect(done.message.status).toBe('complete');
  expect(done.message.content.endsWith(`\n\n${DISCLAIMER}`)).toBe(true);
  expect(transcript.textOf(done.messageId)).toBe(done.message.content);
  expect(await product.stop()).toBe(0);
  expect(product.stderr).toContain(`curl -N ${url}/api/conversations/`);

  const again = await start();
  const page = await person.at(again.url).call('GET', `/api/conversations/${conversation}/messages`);
  expect(page.body.items).toHaveLength(2);
  expect(page.body.items[1].content).toBe(done.message.content);
  expect(page.body.nextCursor).toBeNull();
  expect(await again.stop()).toBe(0);
});

test('a second process on the same data says so in one line', async () => {
  const product = await start();
  const { code, stderr } = await Product.fails({ DATA_DIR: dataDir });
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(await product.stop()).toBe(0);
});

test('an answer that was cut off by a crash is finished after the next start', async () => {
  const product = await start({ DEV_LLM_TOKENS_PER_SECOND: '200' });
  const person = await demo(product.url);
  const conversation = await person.newConversation();
  let messageId = '';
  for await (const { frame } of person.sendAndStream(conversation, 'What helps against a cold?')) {
    if (frame.type !== 'chunk') continue;
    messageId = frame.messageId;
    break;
  }
  await product.stop('SIGKILL');

  const again = await start({ DEV_LLM_TOKENS_PER_SECOND: '0' });
  const transcript = new Transcript();
  for await (const { frame } of person
    .at(again.url)
    .stream(conversation, { query: '?cursor=1.0.0&until=done' })) {
    transcript.take(frame);
  }
  const done = transcript.frames.at(-1);
  expect(done).toMatchObject({ type: 'done', messageId, message: { status: 'complete' } });
  expect(await again.stop()).toBe(0);
});

test('its PostgreSQL is killed in mid-answer: it comes back by itself, and the answer arrives whole', async () => {
  const product = await start({ DEV_LLM_TOKENS_PER_SECOND: '60', LLM_PROVIDER: 'echo' });
  const person = await demo(product.url);
  const conversation = await person.newConversation();
  const text = 'What helps against a cold? '.repeat(12).trim();
  const transcript = new Transcript();
  for await (const { frame } of person.sendAndStream(conversation, text)) {
    transcript.take(frame);
    if (frame.type === 'chunk' && transcript.frames.filter(({ type }) => type === 'chunk').length === 5) {
      process.kill(await serverPid(), 'SIGKILL');
    }
  }
  await product.logged('embedded postgres back');
  const done = transcript.frames.at(-1);
  if (done?.type !== 'done') throw new Error(`ended with ${done?.type}`);
  expect(done.message).toMatchObject({ status: 'complete', content: `${text}\n\n${DISCLAIMER}` });
  expect(transcript.textOf(done.messageId)).toBe(done.message.content);
  expect(transcript.frames.filter(({ type }) => type === 'reset')).toEqual([]);
  expect(await product.stop()).toBe(0);
});

async function serverPid(): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8'), 10);
}
