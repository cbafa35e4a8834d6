import { Redis } from 'ioredis';
import { conversationTopic } from '../../../src/kernel/notifier.js';
import { LogScene } from '../../contract/generation-log/scene.js';
import { describeDoorbell } from '../../contract/notifier.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { type RedisServer, startRedis } from '../../support/redis.js';
import { nextEvent, RedisProcess } from '../../support/redis-process.js';

/** Counts, and resolves when a count is reached. */
class Rings {
  #count = 0;
  #reached: { count: number; resolve: () => void } | undefined;

  readonly ring = (): void => {
    this.#count++;
    if (this.#count === this.#reached?.count) this.#reached.resolve();
  };

  get count(): number {
    return this.#count;
  }

  until(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count >= count) resolve();
      else this.#reached = { count, resolve };
    });
  }
}

describe('the notifier by Redis', () => {
  let server: RedisServer;
  let here: RedisProcess;
  let there: RedisProcess;

  beforeEach(async () => {
    server = await startRedis();
    [here, there] = [
      new RedisProcess(server.url, new ManualClock()),
      new RedisProcess(server.url, new ManualClock()),
    ];
    await Promise.all([here, there].map(({ redis }) => nextEvent(redis.pubsub, 'ready')));
  });

  afterEach(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await server.stop();
  });

  /** Asks Redis itself. */
  async function ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(server.url);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  describeDoorbell(() => ({ notifier: here.notifier, elsewhere: there.notifier }));

  it('is not rung by appends, which come over the same channel', async () => {
    const scene = new LogScene(here.subject());
    const topic = conversationTopic(scene.ref.conversationId);
    const rings = new Rings();
    await here.notifier.subscribe(topic, rings.ring);
    await scene.writeWhole('text');
    here.notifier.notify(topic);
    await rings.until(1);
    expect(rings.count).toBe(1);
  });

  it('has one subscription for all who listen to a topic, and none when they have left', async () => {
    const topic = conversationTopic('c');
    const unsubscribe = await Promise.all([1, 2, 3].map(() => here.notifier.subscribe(topic, () => {})));
    const subscribed = async (): Promise<unknown> => ask((redis) => redis.pubsub('CHANNELS'));
    expect(await subscribed()).toEqual(['veda:{c}:events']);
    expect(await ask((redis) => redis.pubsub('NUMSUB', 'veda:{c}:events'))).toEqual(['veda:{c}:events', 1]);
    for (const leave of unsubscribe) leave();
    // Unsubscribing is not waited for; what is subscribed next comes after it.
    const other = await here.notifier.subscribe('stops', () => {});
    expect(await subscribed()).toEqual(['veda:stops']);
    other();
  });

  it('rings everybody once after a lost connection, and is heard again', async () => {
    const [stops, sessions] = [new Rings(), new Rings()];
    await here.notifier.subscribe('stops', stops.ring);
    await here.notifier.subscribe('sessions', sessions.ring);
    await ask((redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
    await Promise.all([stops.until(1), sessions.until(1)]);
    there.notifier.notify('stops');
    await stops.until(2);
    expect([stops.count, sessions.count]).toEqual([2, 1]);
  });

  it('can be listened to and rung while Redis is away', async () => {
    await server.kill();
    const rings = new Rings();
    await here.notifier.subscribe('stops', rings.ring);
    here.notifier.notify('stops');
    await server.restart();
    await rings.until(1);
    // A notification over a connection that is not back yet is lost.
    while (there.redis.reads.status !== 'ready') await nextEvent(there.redis.reads, 'ready');
    there.notifier.notify('stops');
    await rings.until(2);
  });

  it('keeps a subscription that is left and taken again while Redis is away', async () => {
    const rings = new Rings();
    const leave = await here.notifier.subscribe('stops', () => {});
    await server.kill();
    await nextEvent(here.redis.pubsub, 'close');
    leave();
    await here.notifier.subscribe('stops', rings.ring);
    await server.restart();
    await rings.until(1);
    expect(await ask((redis) => redis.pubsub('NUMSUB', 'veda:stops'))).toEqual(['veda:stops', 1]);
  });

  it('takes a subscription whose connection broke for no failure, also when there is another one by then', async () => {
    jest.spyOn(here.redis.pubsub, 'subscribe').mockRejectedValueOnce(new Error('Connection is closed.'));
    const leave = await here.notifier.subscribe('stops', () => {});
    leave();
  });

  it('says so when Redis refuses a subscription', async () => {
    await ask((redis) => redis.acl('SETUSER', 'default', 'resetchannels'));
    await expect(here.notifier.subscribe('stops', () => {})).rejects.toThrow('NOPERM');
    await ask((redis) => redis.acl('SETUSER', 'default', 'allchannels'));
    await here.notifier.subscribe('stops', () => {});
  });
});
