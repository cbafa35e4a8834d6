import { keysOf } from '../../src/adapters/redis/keys.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startSentinels } from '../support/redis-sentinel.js';
import { Watchers } from '../support/redis-watchers.js';

/** Several Redis servers, of which one can be killed that a conversation's log is on. */
interface Servers {
  readonly url: string;
  killMasterOf(conversation: string): Promise<void>;
  killAll(): Promise<void>;
  stop(): Promise<void>;
}

async function sentinels(): Promise<Servers> {
  const servers = await startSentinels();
  return { ...servers, killMasterOf: () => servers.master.kill() };
}

async function cluster(): Promise<Servers> {
  const servers = await startRedisCluster();
  return {
    ...servers,
    killMasterOf: async (conversationId) => {
      const [key] = keysOf({ conversationId, messageId: 'any', seq: 1 });
      await (await servers.masterOf(key)).kill();
    },
  };
}

function countOf(lines: readonly string[], message: string): number {
  return lines.filter((line) => line.includes(message)).length;
}

const TEXT = Array.from({ length: 400 }, (_, n) => `${n} पानी 💧`).join(' ');

describe.each([
  ['Redis Sentinel', sentinels],
  ['Redis Cluster', cluster],
])('on %s', (_, start) => {
  let servers: Servers;
  let site: Cluster;
  let processes: Product[];

  beforeAll(async () => {
    servers = await start();
    site = await Cluster.start({
      REDIS_URL: servers.url,
      LLM_PROVIDER: 'echo',
      DEV_LLM_TOKENS_PER_SECOND: '300',
    });
    processes = await Promise.all([site.gateway(), site.gateway(), site.worker(), site.worker()]);
  });

  afterAll(async () => {
    await site.stop();
    await servers.stop();
  });

  test('a master that dies in mid-answer costs no client a byte, and is said once', async () => {
    const [here, there] = processes as [Product, Product];
    const person = await Person.register(here.url);
    const conversation = await person.newConversation();
    const sent = await person.send(conversation, TEXT);
    const people = [here, here, there, there].map(({ url }) => person.at(url));
    const watchers = new Watchers(people, conversation, sent.body.cursor);
    await watchers.inMiddle;
    await servers.killMasterOf(conversation);
    await watchers.over;
    watchers.expectWhole(TEXT);

    while ((await person.call('GET', '/health/ready')).status !== 200);
    expect(await person.chat(conversation, 'And now?')).toMatchObject({ status: 'complete' });
    // Not everybody had a connection to the one that died.
    const noticed = processes.filter(({ lines }) => countOf(lines, 'redis connection lost') > 0);
    expect(noticed.length).toBeGreaterThan(0);
    await Promise.all(noticed.map((process) => process.logged('redis connection back')));
    for (const { lines } of noticed) expect(countOf(lines, 'redis connection lost')).toBeLessThanOrEqual(2);
  });

  test('all of them gone, every process exits 0 after SIGTERM', async () => {
    await servers.killAll();
    await Promise.all(processes.map((process) => process.logged('redis connection lost')));
    expect(await Promise.all(processes.map((process) => process.stop()))).toEqual([0, 0, 0, 0]);
  });
});
