import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { createDatabase, createEmptyDatabase } from '../support/postgres.js';
import { Product } from '../support/product.js';
import { SECRET } from '../support/token.js';

const ROOT = join(import.meta.dirname, '../..');

/** Characters of one to four bytes, clusters of several characters, marks that combine with what a token before them ended in. */
const MULTIBYTE = [
  'Trinken Sie ',
  'viel 💧',
  ', ',
  'पानी',
  ' पी',
  'जिए। ',
  'Cafe',
  '\u0301 ',
  'o',
  '\u0308\u0323 ',
  '👩\u200d⚕️ ',
  '👩🏽‍🦱',
  '🇮🇳 ',
  '水を飲む ',
  'شرب ',
  '𝒳 ',
  '\u{10FFFF}',
  ' שָׁלוֹם ',
  'ﷺ',
  '\r\n\t',
  '"\\\u2028',
];
const ENDING = `\n\n${DISCLAIMER}`;
const SPEECH = [...MULTIBYTE, ...MULTIBYTE];
const ANSWER = SPEECH.join('') + ENDING;
const HALF = SPEECH.slice(0, 20).join('');

describe('gateways and workers', () => {
  let cluster: Cluster;
  let gateways: [Product, Product];
  let person: Person;

  beforeAll(async () => {
    cluster = await Cluster.start();
    gateways = await Promise.all([cluster.gateway(), cluster.gateway()]);
    person = await Person.register(gateways[0].url);
  });

  afterAll(() => cluster.stop());

  test('they answer as two processes, and exit 0 after SIGTERM', async () => {
    const worker = await cluster.worker();
    const gateway = await cluster.gateway();
    cluster.ollama.script({ text: SPEECH });
    const here = person.at(gateway.url);
    const message = await here.chat(await here.newConversation(), 'What helps?');
    expect(message).toMatchObject({ status: 'complete', content: ANSWER });
    expect(await Promise.all([worker.stop(), gateway.stop()])).toEqual([0, 0]);
  });

  test('a stream cut at any frame goes on at another gateway, to the byte', async () => {
    const worker = await cluster.worker();
    cluster.ollama.script({ text: SPEECH, tokensPerSecond: 60, writes: 'split' });
    const [here, there] = gateways.map(({ url }) => person.at(url)) as [Person, Person];
    const conversation = await here.newConversation();
    const { cursor: start } = (await here.send(conversation, 'What helps?')).body;

    // At each frame a stream is opened at the other gateway, while the answer is being written.
    const transcript = new Transcript();
    const resumed: Promise<string>[] = [];
    for await (const { frame } of here.stream(conversation, { query: `?cursor=${start}&until=done` })) {
      transcript.take(frame);
      if (!('messageId' in frame)) continue;
      const { messageId = '' } = frame;
      resumed.push(textAfter(there, conversation, transcript.cursor ?? start, transcript.textOf(messageId)));
    }

    const done = transcript.frames.at(-1);
    if (done?.type !== 'done') throw new Error(`ended with ${done?.type}`);
    expect(done.message.content).toBe(ANSWER);
    expect(transcript.textOf(done.messageId)).toBe(ANSWER);
    expect(resumed.length).toBeGreaterThan(SPEECH.length / 2);
    for (const text of await Promise.all(resumed)) expect(text).toBe(ANSWER);

    // And at each once it has ended.
    const again = new Transcript();
    for (const frame of transcript.frames) {
      if (frame.type !== 'chunk') continue;
      again.take(frame);
      expect(await textAfter(there, conversation, frame.cursor, again.textOf(frame.messageId))).toBe(ANSWER);
    }
    await worker.stop();
  });

  test('a worker that is killed in mid-answer loses nothing, and nothing comes twice', async () => {
    const first = await cluster.worker();
    let second: Product | undefined;
    cluster.ollama.script({ text: SPEECH, fault: 'stall', after: 20 });
    cluster.ollama.defaultScript({ text: SPEECH });
    const conversation = await person.newConversation();
    const transcript = new Transcript();
    for await (const { frame } of person.sendAndStream(conversation, 'What helps?')) {
      transcript.take(frame);
      if (frame.type !== 'chunk' || transcript.textOf(frame.messageId) !== SPEECH.slice(0, 20).join(''))
        continue;
      [second] = await Promise.all([cluster.worker(), first.stop('SIGKILL')]);
    }
    const done = transcript.frames.at(-1);
    expect(done).toMatchObject({ type: 'done', message: { status: 'complete', content: ANSWER } });
    if (done?.type === 'done') expect(transcript.textOf(done.messageId)).toBe(ANSWER);
    expect(transcript.frames.filter(({ type }) => type === 'reset')).toEqual([]);
    await second?.stop();
  });

  test('a worker that is told to stop hands its answer over, and exits 0', async () => {
    const first = await cluster.worker({ DRAIN_SECONDS: '0' });
    cluster.ollama.script({ text: SPEECH, fault: 'stall', after: 20 });
    cluster.ollama.defaultScript({ text: SPEECH });
    const conversation = await person.newConversation();
    const transcript = new Transcript();
    let stopped: Promise<number | null> | undefined;
    let second: Product | undefined;
    for await (const { frame } of person.sendAndStream(conversation, 'What helps?')) {
      transcript.take(frame);
      if (frame.type !== 'chunk' || transcript.textOf(frame.messageId) !== HALF) continue;
      second = await cluster.worker();
      stopped = first.stop();
    }
    expect(await stopped).toBe(0);
    const done = transcript.frames.at(-1);
    expect(done).toMatchObject({ type: 'done', message: { status: 'complete', content: ANSWER } });
    if (done?.type === 'done') expect(transcript.textOf(done.messageId)).toBe(ANSWER);
    expect(transcript.frames.filter(({ type }) => type === 'reset')).toEqual([]);
    await second?.stop();
  });

  test('a gateway that is told to stop ends its streams, which go on at another, and exits 0', async () => {
    const [worker, leaving] = await Promise.all([cluster.worker(), cluster.gateway()]);
    cluster.ollama.script({ text: SPEECH, fault: 'stall', after: 20 });
    const conversation = await person.newConversation();
    const transcript = new Transcript();
    let stopped: Promise<number | null> | undefined;
    for await (const { frame } of person.at(leaving.url).sendAndStream(conversation, 'What helps?')) {
      transcript.take(frame);
      if (frame.type === 'chunk' && transcript.textOf(frame.messageId) === HALF) stopped = leaving.stop();
    }
    expect(await stopped).toBe(0);
    const { cursor = '' } = transcript;
    const [, answer] = (await person.call('GET', `/api/conversations/${conversation}/messages`)).body.items;
    expect(answer).toMatchObject({ status: 'streaming', content: HALF });
    await person.call('POST', `/api/conversations/${conversation}/messages/${answer.id}/stop`);
    expect(await textAfter(person, conversation, cursor, HALF)).toBe(HALF + ENDING);
    await worker.stop();
  });
});

describe('the start', () => {
  afterEach(() => Product.killAll());

  test('a database is brought up to date by npm run migrate, and not used before', async () => {
    const database = await createEmptyDatabase();
    const env = { DATABASE_URL: database.url, JWT_SECRET: SECRET, LLM_PROVIDER: 'echo' };
    const { code, stderr } = await Product.fails(env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]*npm run migrate[^\n]*\n$/);

    const migration = spawn('npm', ['run', 'migrate'], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    expect(await once(migration, 'exit')).toEqual([0, null]);
    const product = await Product.start(env);
    const person = await Person.register(product.url);
    const message = await person.chat(await person.newConversation(), 'hello');
    expect(message.content).toBe(`hello${ENDING}`);
    expect(await product.stop()).toBe(0);
    await database.drop();
  });

  test.each(['gateway', 'worker'])('a %s does not start without Redis', async (role) => {
    const database = await createDatabase();
    const { code, stderr } = await Product.fails({
      ROLE: role,
      DATABASE_URL: database.url,
      JWT_SECRET: SECRET,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]*REDIS_URL[^\n]*\n$/);
    await database.drop();
  });
});

/** `text`, and what comes after `cursor` until nothing more does. */
async function textAfter(
  person: Person,
  conversation: string,
  cursor: string,
  text: string,
): Promise<string> {
  let joined = text;
  for await (const { frame } of person.stream(conversation, { query: '?until=done', lastEventId: cursor })) {
    if (frame.type === 'chunk') joined += frame.data;
    if (frame.type === 'reset') joined = '';
  }
  return joined;
}
