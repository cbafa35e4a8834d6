import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { Product } from '../support/product.js';

const FIRST = 'Kein Rat.\n\nFragen Sie **Ihren Arzt**. 🩺';
const SECOND = 'No advice & "no" <advice>: see a doctor.';

let cluster: Cluster;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'veda-disclaimer-'));
  cluster = await Cluster.start();
  cluster.ollama.defaultScript({ text: ['Drink ', 'tea.'] });
});

afterAll(async () => {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

async function fileOf(content: string | Buffer): Promise<string> {
  const file = join(await mkdtemp(join(directory, 'file-')), 'disclaimer.md');
  await writeFile(file, content);
  return file;
}

test('an operator’s disclaimer ends answers, and no prompt has it, whatever the file says later', async () => {
  const plain = await cluster.all();
  const registered = await Person.register(plain.url);
  const conversation = await registered.newConversation();
  const ours = await registered.chat(conversation, 'What helps?');
  expect(ours.content).toBe(`Drink tea.\n\n${DISCLAIMER}`);
  await plain.stop();

  const first = await cluster.all({
    DISCLAIMER_FILE: await fileOf(`\uFEFF\n ${FIRST.replaceAll('\n', '\r\n')}\n`),
  });
  const person = registered.at(first.url);
  expect((await person.chat(conversation, 'And then?')).content).toBe(`Drink tea.\n\n${FIRST}`);
  // The model writes it by itself: it is there once.
  cluster.ollama.script({ text: ['Rest.\n', '\nKein Rat.\n\nFragen Sie **Ihren', ' Arzt**. 🩺\n'] });
  const frames: string[] = [];
  for await (const { frame } of person.sendAndStream(conversation, 'And?')) {
    if (frame.type === 'chunk') frames.push(frame.data);
  }
  expect(frames.join('')).toBe(`Rest.\n\n${FIRST}`);
  await first.stop();

  const second = await cluster.all({ DISCLAIMER_FILE: await fileOf(SECOND) });
  const last = await registered.at(second.url).chat(conversation, 'And now?');
  expect(last.content).toBe(`Drink tea.\n\n${SECOND}`);
  const asked = cluster.ollama.requests().at(-1)?.body as { messages: { role: string; content: string }[] };
  const turns = asked.messages.filter(({ role }) => role !== 'system').map(({ content }) => content);
  expect(turns).toEqual([
    'What helps?',
    'Drink tea.',
    'And then?',
    'Drink tea.',
    'And?',
    'Rest.',
    'And now?',
  ]);

  // The page is told the operator's texts, old ones among them, so that it can set them apart.
  const html = await (await fetch(second.url)).text();
  const [, content = ''] = /<meta name="disclaimers" content="([^"]*)"/.exec(html) ?? [];
  const told = content.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  expect(new Set(JSON.parse(told) as string[])).toEqual(new Set([FIRST, SECOND]));
  await second.stop();
});

test.each([
  ['is empty', ' \n\t\n', /^veda-gateway: DISCLAIMER_FILE is empty$/m],
  ['is not UTF-8', Buffer.from([0x41, 0xff, 0x42]), /^veda-gateway: DISCLAIMER_FILE is not UTF-8$/m],
  ['is too long', 'é'.repeat(2001), /^veda-gateway: DISCLAIMER_FILE has more than 2000 characters$/m],
  [
    'has control characters',
    'See\u0000 a doctor.',
    /^veda-gateway: DISCLAIMER_FILE has control characters$/m,
  ],
  ['is not there', undefined, /^veda-gateway: DISCLAIMER_FILE cannot be read: ENOENT$/m],
])('a file that %s stops the start with one line', async (_, content, line) => {
  const file = content === undefined ? join(directory, 'nowhere') : await fileOf(content);
  const { code, stderr } = await Product.fails({
    DATABASE_URL: cluster.database.url,
    REDIS_URL: cluster.redis.url,
    JWT_SECRET: 'a secret of thirty-two bytes or more',
    ROLE: 'worker',
    DISCLAIMER_FILE: file,
  });
  expect(code).not.toBe(0);
  expect(stderr).toMatch(line);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
