import { Redis } from 'ioredis';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { expectProblem } from '../support/problem.js';
import { Watchers } from '../support/redis-watchers.js';

const TEXT = Array.from({ length: 200 }, (_, n) => `${n} पानी 💧`).join(' ');

let site: Cluster;
let redis: Redis;
let here: Person;
let there: Person;
let conversation: string;

async function start(env: Record<string, string>): Promise<void> {
  site = await Cluster.start(env);
  redis = new Redis(site.redis.url).on('error', () => {});
  const [gateway, other] = await Promise.all([site.gateway(), site.gateway(), site.worker()]);
  here = await Person.register(gateway.url);
  there = here.at(other.url);
}

async function stop(): Promise<void> {
  redis.disconnect();
  await site.stop();
}

beforeEach(async () => {
  conversation = await here?.newConversation();
});

async function untilReady(): Promise<void> {
  while ((await here.call('GET', '/health/ready')).status !== 200);
}

describe('while an answer is being written', () => {
  beforeAll(() => start({ LLM_PROVIDER: 'echo', DEV_LLM_TOKENS_PER_SECOND: '300' }));
  afterAll(stop);

  /** Two clients at two gateways, in mid-answer. */
  async function midAnswer(): Promise<Watchers> {
    const { cursor } = (await here.send(conversation, TEXT)).body;
    const watchers = new Watchers([here, there], conversation, cursor);
    await watchers.inMiddle;
    return watchers;
  }

  const faults: [string, () => Promise<unknown>][] = [
    ['is emptied', () => redis.flushall()],
    [
      'is killed and comes back empty',
      async () => {
        await site.redis.kill();
        await site.redis.restart();
      },
    ],
    [
      'is killed and comes back with an older snapshot',
      async () => {
        await redis.save();
        await here.send(conversation, 'And then?');
        await site.redis.kill();
        await site.redis.restart();
      },
    ],
    [
      'becomes a replica that refuses writes, and a master again',
      async () => {
        await redis.replicaof('127.0.0.1', 1);
        expect((await here.send(conversation, 'And then?')).status).toBe(503);
        await redis.replicaof('NO', 'ONE');
      },
    ],
    [
      'does not answer for a while',
      async () => {
        site.redis.freeze();
        expect((await here.send(conversation, 'And then?')).status).toBe(503);
        site.redis.thaw();
      },
    ],
  ];

  test.each(faults)('a Redis that %s costs no client a byte', async (_, happens) => {
    const watchers = await midAnswer();
    await happens();
    await watchers.over;
    watchers.expectWhole(TEXT);
    await untilReady();
    expect(await here.chat(conversation, 'And now?')).toMatchObject({ status: 'complete' });
  });

  test('a Redis without memory refuses new messages, and costs no client of an older one a byte', async () => {
    const watchers = await midAnswer();
    const queued = await here.send(conversation, 'And then?');
    expect(queued.status).toBe(202);
    await redis.config('SET', 'maxmemory', 1);
    const refused = await here.send(conversation, 'And now?');
    expectProblem(refused, 503, 'internal');
    expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/);
    const ready = await here.call('GET', '/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { missing: ['queue'] } });

    // The first one ends in its row meanwhile, and the second, which was accepted, waits for memory.
    const path = `/api/conversations/${conversation}/messages`;
    const statuses = async (): Promise<string[]> => {
      const { items } = (await there.call('GET', path)).body;
      return items.flatMap(({ role, status }: Record<string, string>) => (role === 'user' ? [] : [status]));
    };
    while ((await statuses())[0] !== 'complete');
    expect(['queued', 'streaming']).toContain((await statuses())[1]);
    await redis.config('SET', 'maxmemory', 0);
    await watchers.over;
    watchers.expectWhole(TEXT);
    expect(await statuses()).toEqual(['complete', 'complete']);
  });
});

describe('a stop while Redis is away', () => {
  beforeAll(() => start({}));
  afterAll(stop);

  async function endOf(message: { id: string }): Promise<Record<string, unknown>> {
    const path = `/api/conversations/${conversation}/messages/${message.id}`;
    for (;;) {
      const { body } = await there.call('GET', path);
      if (body.completedAt !== undefined) return body;
    }
  }

  async function stopped(message: { id: string }): Promise<Record<string, unknown>> {
    const path = `/api/conversations/${conversation}/messages/${message.id}/stop`;
    expect((await here.call('POST', path)).status).toBe(202);
    return endOf(message);
  }

  test('ends what is being written, what waits for the log, and what waits in the queue', async () => {
    site.ollama.script({ text: ['Drink ', 'water.'], fault: 'stall', after: 1 });
    const [running, next, last] = [
      await here.send(conversation, 'What helps?'),
      await here.send(conversation, 'What else?'),
      await here.send(conversation, 'And then?'),
    ].map(({ body }) => body.message) as [{ id: string }, { id: string }, { id: string }];
    for await (const { frame } of here.stream(conversation, { query: '?cursor=1.0.0' })) {
      if (frame.type === 'chunk') break;
    }
    await site.redis.kill();
    const began = performance.now();
    expect(await stopped(running)).toMatchObject({ status: 'stopped', content: `Drink \n\n${DISCLAIMER}` });
    expect(await stopped(next)).toMatchObject({ status: 'stopped', content: '' });
    expect(await stopped(last)).toMatchObject({ status: 'stopped', content: '' });
    // Usually seven seconds for each: the runner waits five for the log, and one passes until it is told or swept.
    expect(performance.now() - began).toBeLessThan(200_000);

    await site.redis.restart();
    await untilReady();
    expect(await here.chat(conversation, 'And now?')).toMatchObject({ status: 'complete' });
  });
});
