import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../../src/protocol/message.js';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { Person } from '../support/client.js';
import { type PostgresPair, startPostgresPair } from '../support/postgres-pair.js';
import { Product } from '../support/product.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { SECRET } from '../support/token.js';

const CONVERSATIONS = 20;
/** Running answers last about 8 s, longer than the failover. */
const ANSWER = { text: Array.from({ length: 160 }, (_, at) => `word${at} `), tokensPerSecond: 20 };

let postgres: PostgresPair;
let redis: RedisServer;
let ollama: OllamaDouble;

beforeAll(async () => {
  [postgres, redis, ollama] = await Promise.all([startPostgresPair(), startRedis(), startOllamaDouble()]);
});

afterAll(async () => {
  await Product.killAll();
  await Promise.all([postgres.stop(), redis.stop(), ollama.stop()]);
});

test('a standby that is promoted under load serves at once: no answer is lost or taken from a living worker', async () => {
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    JWT_SECRET: SECRET,
    LLM_PROVIDER: 'ollama',
    OLLAMA_HOST: ollama.url,
    RATE_LIMIT_MESSAGES_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
  };
  const start = (role: string) => Product.start({ ...env, LOG_LEVEL: 'info', ROLE: role });
  const [gateway] = await Promise.all([start('gateway'), start('worker'), start('worker')]);
  const person = await Person.register(gateway.url);
  ollama.defaultScript(ANSWER);
  const conversations = await Promise.all(
    Array.from({ length: CONVERSATIONS }, () => person.newConversation()),
  );
  const sent = await Promise.all(conversations.map((id) => person.send(id, 'What helps?')));
  expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([202]));
  // All are being written before the primary goes.
  for (const conversation of conversations) {
    while (!(await answerOf(person, conversation))?.content) await sleep(50);
  }

  await postgres.failOver();
  const extra = await probe(person, conversations[0] ?? '', gateway.url);
  // The standby is read-only: nothing is stored, and the service says so.
  expect(extra.send).toEqual([503]);
  expect(extra.ready).toContain(503);
  await postgres.promote();
  const promoted = performance.now();
  const next = await person.newConversation().catch(() => '');
  let id = next;
  for (;;) {
    if (!id) id = (await person.call('POST', '/api/conversations', {})).body?.id ?? '';
    const { status } = id ? await person.send(id, 'And then?') : { status: 503 };
    if (status === 202) break;
    expect(status).toBe(503);
    await sleep(100);
  }
  const backMs = performance.now() - promoted;
  // Usually well under a second; ten times the 10 s that are promised, for slow machines.
  expect(backMs).toBeLessThan(100_000);
  process.stdout.write(`service back ${Math.round(backMs)} ms after the promotion\n`);

  const whole = ANSWER.text.join('');
  for (const conversation of conversations) {
    for (;;) {
      const answer = await answerOf(person, conversation);
      if (answer?.status === 'complete') {
        expect(answer.content.startsWith(whole)).toBe(true);
        break;
      }
      expect(['streaming', undefined]).toContain(answer?.status);
      await sleep(200);
    }
  }
  const attempts = await postgres.query(
    `select distinct attempt from generations where ended_at is not null`,
  );
  expect(attempts).toEqual([{ attempt: 1 }]);
});

/** Undefined while the gateway cannot say. */
async function answerOf(person: Person, conversation: string): Promise<Message | undefined> {
  const { body } = await person.call('GET', `/api/conversations/${conversation}/messages`);
  return body?.items?.find(({ role }: Message) => role === 'assistant');
}

/** What a send and readiness answer while the address leads to a standby. Each is asked until it answers at all. */
async function probe(
  person: Person,
  conversation: string,
  url: string,
): Promise<{ send: number[]; ready: number[] }> {
  const send = new Set<number>();
  const ready = new Set<number>();
  for (let at = 0; at < 10; at += 1) {
    send.add((await person.send(conversation, 'And now?')).status);
    ready.add((await fetch(`${url}/health/ready`)).status);
    await sleep(100);
  }
  return { send: [...send], ready: [...ready] };
}
