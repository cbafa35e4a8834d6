import { Redis } from 'ioredis';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';

const TOKENS = 4000;
const SPEECH = ['thé 💧 ', 'eau ', 'repos ', 'पानी '];
const TEXT = Array.from({ length: TOKENS }, (_, n) => SPEECH[n % SPEECH.length]).join('');
const ANSWER = `${TEXT}\n\n${DISCLAIMER}`;
/** Just before a token, each, at the beginning, at the end and in between. */
const CUTS = [0, 1, 2, 1000, 2001, 3998, TOKENS - 1, TOKENS];

let cluster: Cluster;
let redis: Redis;
let person: Person;
/** The same person at a gateway that has not seen the answer. */
let elsewhere: Person;

beforeAll(async () => {
  cluster = await Cluster.start();
  const [all, gateway] = await Promise.all([cluster.all(), cluster.gateway()]);
  person = await Person.register(all.url);
  elsewhere = person.at(gateway.url);
  redis = new Redis(cluster.redis.url);
});

afterAll(async () => {
  redis.disconnect();
  await cluster.stop();
});

interface Resumed {
  readonly text: string;
  readonly chunks: number;
}

/** What comes after the first `tokens` tokens: until the stream says that it is up to date, or has ended. */
async function resume(conversation: string, tokens: number): Promise<Resumed> {
  let text = Array.from({ length: tokens }, (_, n) => SPEECH[n % SPEECH.length]).join('');
  let chunks = 0;
  const cursor = tokens === 0 ? '1.0.1' : `1.1.${Buffer.byteLength(text)}`;
  for await (const { frame } of elsewhere.stream(conversation, { query: `?cursor=${cursor}&until=done` })) {
    if (frame.type === 'ready') break;
    if (frame.type !== 'chunk') continue;
    text += frame.data;
    chunks++;
  }
  return { text, chunks };
}

test('4,000 tokens are resumed anywhere by one page of Redis and as few chunks', async () => {
  const conversation = await person.newConversation();
  cluster.ollama.script({ text: SPEECH, tokenCount: TOKENS, fault: 'stall', after: TOKENS });
  const { message } = (await person.send(conversation, 'Tell me all.')).body;
  const transcript = new Transcript();
  for await (const { frame } of person.stream(conversation)) {
    transcript.take(frame);
    if (transcript.textOf(message.id) === TEXT) break;
  }

  const commands = new Commands(await redis.monitor(), conversation);
  let reads = 0;
  for (const tokens of CUTS) {
    const resumed = await resume(conversation, tokens);
    expect(resumed.text).toBe(TEXT);
    expect(resumed.chunks).toBeLessThanOrEqual(3);
    const asked = await commands.until(() => redis.echo('asked'));
    // One page of text; and the look at one byte, whether the cursor is inside a character.
    expect(asked.filter((command) => command.includes('"65536"')).length).toBeLessThanOrEqual(1);
    expect(asked.length).toBeLessThanOrEqual(2);
    reads += asked.length;
  }
  expect(reads).toBeGreaterThan(0);
  commands.end();

  // Without a place, the answer is told from its beginning, to be put in the place of what was shown.
  const joined = new Transcript();
  for await (const { frame } of elsewhere.stream(conversation)) {
    joined.take(frame);
    if (frame.type === 'ready') break;
  }
  expect(joined.frames.map(({ type }) => type)).toEqual(['accepted', 'reset', 'chunk', 'ready']);
  expect(joined.textOf(message.id)).toBe(TEXT);

  // A place stays good when the answer has ended, and when Redis knows nothing any more.
  await person.call('POST', `/api/conversations/${conversation}/messages/${message.id}/stop`);
  for await (const { frame } of person.stream(conversation, { query: '?until=done' })) transcript.take(frame);
  for (const [what, tokenCounts] of [
    ['ended', CUTS],
    ['flushed', CUTS],
  ] as const) {
    if (what === 'flushed') await redis.flushall();
    for (const tokens of tokenCounts) {
      const resumed = await resume(conversation, tokens);
      expect(resumed.text).toBe(ANSWER);
      expect(resumed.chunks).toBeLessThanOrEqual(3);
    }
  }
});

test('a conversation that is deleted leaves nothing in Redis', async () => {
  const conversation = await person.newConversation();
  await person.chat(conversation, 'What helps?');
  expect(await redis.keys(`*${conversation}*`)).not.toEqual([]);
  await person.call('DELETE', `/api/conversations/${conversation}`);
  expect(await redis.keys(`*${conversation}*`)).toEqual([]);
});

test('a Redis that is emptied in mid-answer costs the reader nothing', async () => {
  const conversation = await person.newConversation();
  cluster.ollama.script({ text: SPEECH, tokenCount: 100, tokensPerSecond: 100 });
  const transcript = new Transcript();
  let flushed = false;
  for await (const { frame } of person.sendAndStream(conversation, 'Tell me all.')) {
    transcript.take(frame);
    if (flushed || frame.type !== 'chunk' || transcript.textOf(frame.messageId).length < 100) continue;
    flushed = true;
    await redis.flushall();
  }
  const done = transcript.frames.at(-1);
  if (done?.type !== 'done') throw new Error(`ended with ${done?.type}`);
  expect(flushed).toBe(true);
  expect(transcript.textOf(done.messageId)).toBe(done.message.content);
  expect(transcript.frames.filter(({ type }) => type === 'reset')).toEqual([]);
});

/** The commands about a conversation's keys that Redis is given. */
class Commands {
  readonly #monitor: Redis;
  #seen: string[] = [];
  #wake: () => void = () => {};

  constructor(monitor: Redis, conversation: string) {
    this.#monitor = monitor;
    monitor.on('monitor', (_: string, args: string[], source: string) => {
      const command = args.map((arg) => `"${arg}"`).join(' ');
      if (args[0] === 'echo') this.#wake();
      // What a script does itself is part of its one command.
      const subscription = args[0]?.toLowerCase().includes('subscribe');
      if (source !== 'lua' && !subscription && command.includes(conversation)) this.#seen.push(command);
    });
  }

  /** Those since the last call, up to `mark`, which says `echo`. */
  async until(mark: () => Promise<unknown>): Promise<string[]> {
    const marked = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await mark();
    await marked;
    return this.#seen.splice(0);
  }

  end(): void {
    this.#monitor.disconnect();
  }
}
