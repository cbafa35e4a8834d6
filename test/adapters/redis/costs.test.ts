import { Redis } from 'ioredis';
import { keysOf } from '../../../src/adapters/redis/keys.js';
import { COMPLETE, LogScene } from '../../contract/generation-log/scene.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { type RedisServer, startRedis } from '../../support/redis.js';
import { RedisProcess } from '../../support/redis-process.js';

describe('what a log costs Redis', () => {
  const clock = new ManualClock();
  let server: RedisServer;
  let here: RedisProcess;
  let there: RedisProcess;
  let redis: Redis;
  let scene: LogScene;

  beforeAll(async () => {
    server = await startRedis();
    here = new RedisProcess(server.url, clock);
    there = new RedisProcess(server.url, clock);
    redis = new Redis(server.url);
  });

  afterAll(async () => {
    redis.disconnect();
    await Promise.all([here.stop(), there.stop()]);
    await server.stop();
  });

  beforeEach(() => {
    scene = new LogScene(here.subject(there));
  });
  afterEach(() => scene.end());

  /** A number of `INFO`, 0 if it is not there. */
  async function info(section: string, name: RegExp): Promise<number> {
    return Number(name.exec(await redis.info(section))?.[1] ?? 0);
  }

  /** How many steps are run by `act`. */
  async function steps(act: () => Promise<unknown>): Promise<number> {
    const count = async (): Promise<number> =>
      (await info('commandstats', /cmdstat_eval:calls=(\d+)/)) +
      (await info('commandstats', /cmdstat_evalsha:calls=(\d+)/));
    const before = await count();
    await act();
    return (await count()) - before;
  }

  it('is one step and one text for a resume, from anywhere in an answer of 4,000 tokens', async () => {
    const text = 'टोकन '.repeat(4000).slice(0, 12_000);
    const writer = await scene.write(1, 0);
    await scene.append(writer, 0, text);
    for (const had of ['', 'टोकन '.repeat(1000)]) {
      const reader = scene.read(had === '' ? undefined : scene.place(1, had), there.log);
      expect(await steps(() => reader.untilText(text))).toBe(1);
      expect(reader.texts).toBe(1);
      await reader.stop();
    }
  });

  it('is one step for an append, however many read, and one more for all of them at the end', async () => {
    const writer = await scene.write(1, 0, 'a');
    const readers = Array.from({ length: 50 }, () => scene.read(undefined, there.log));
    expect(await steps(() => Promise.all(readers.map((reader) => reader.until('waiting'))))).toBe(1);
    const all = (text: string): Promise<unknown> =>
      Promise.all(readers.map((reader) => reader.untilText(text)));
    const append = async (): Promise<void> => {
      await scene.append(writer, 1, 'b');
      await all('ab');
      await scene.append(writer, 2, 'c', COMPLETE);
      await all('abc');
    };
    expect(await steps(append)).toBe(2);
    const close = async (): Promise<void> => {
      await scene.log.close(scene.ref);
      await Promise.all(readers.map((reader) => reader.toEnd()));
    };
    expect(await steps(close)).toBe(2);
  });

  it('is one script call for the appends of one tick, and two for more than 128', async () => {
    const scenes = Array.from({ length: 200 }, () => new LogScene(scene.subject));
    const writers = await Promise.all(scenes.map((scene) => scene.write(1, 0)));
    const append = (count: number, at: number): Promise<unknown> =>
      Promise.all(writers.slice(0, count).map((writer) => writer.append(at, 'text')));
    expect(await steps(() => append(100, 0))).toBe(1);
    const written = { kind: 'written', position: 8 };
    expect(await writers[0]?.append(4, 'more')).toEqual(written);
    expect(await steps(() => append(200, 0))).toBe(2);
  });

  it('answers each append of a call by itself: written, lost, fenced, refused', async () => {
    const scenes = Array.from({ length: 4 }, () => new LogScene(scene.subject));
    const writers = await Promise.all(scenes.map((scene) => scene.write(1, 0, 'abc')));
    await scenes[2]?.open(2);
    const appended = Promise.allSettled([
      writers[0]?.append(3, 'd'),
      writers[1]?.append(9, 'd'),
      writers[2]?.append(3, 'd'),
      writers[3]?.append(0, 'xyz'),
    ]);
    expect(await appended).toMatchObject([
      { value: { kind: 'written', position: 4 } },
      { value: { kind: 'lost' } },
      { value: { kind: 'fenced' } },
      { status: 'rejected', reason: { message: expect.stringMatching('other text') } },
    ]);
  });

  it('gives a text that an append creates a time to live', async () => {
    const { writer } = await scene.open(1);
    await writer.begin(0);
    await writer.append(0, 'text');
    await redis.del(keysOf(scene.ref)[0]);
    await writer.restore({ text: '', attempts: [{ attempt: 1, start: 0 }] });
    await writer.append(0, 'text');
    expect(await redis.ttl(keysOf(scene.ref)[0])).toBe(3600);
  });

  it('is nothing once the readers have left', async () => {
    const readers = [scene.read(), scene.read()];
    await Promise.all(readers.map((reader) => reader.until('waiting')));
    await Promise.all(readers.map((reader) => reader.stop()));
    // Unsubscribing is not waited for; what is subscribed next comes after it.
    const unsubscribe = await here.notifier.subscribe('stops', () => {});
    expect(await redis.pubsub('CHANNELS')).toEqual(['veda:stops']);
    unsubscribe();
    const tick = async (): Promise<void> => {
      clock.advance(5000);
      await here.redis.reads.ping();
    };
    expect(await steps(tick)).toBe(0);
  });

  it('is kept for a while after the last write, and for the retention time after the end', async () => {
    const secondsLeft = async (): Promise<number[]> =>
      Promise.all(keysOf(scene.ref).map((key) => redis.ttl(key)));
    const soon = async (): Promise<unknown> =>
      Promise.all(keysOf(scene.ref).map((key) => redis.expire(key, 5)));
    const { writer } = await scene.open(1);
    expect(await secondsLeft()).toEqual([-2, 3600]);
    await scene.write(1, 0, 'text');
    const writes = [
      () => scene.append(writer, 4, '!'),
      () => scene.open(1),
      () => scene.write(2, 2),
      () => scene.log.erase([scene.ref]).then(() => writer.restore({ text: 'text', attempts: [] })),
    ];
    for (const write of writes) {
      await soon();
      await write();
      expect(await secondsLeft()).toEqual([3600, 3600]);
    }
    await scene.log.close(scene.ref);
    expect(await secondsLeft()).toEqual([600, 600]);
  });
});

describe('the keys of a log', () => {
  it('are on one node of a cluster, with all of the conversation', async () => {
    const server = await startRedis({ args: ['--cluster-enabled', 'yes'] });
    const redis = new Redis(server.url);
    const refs = ['m1', 'm2'].map((messageId, seq) => ({ conversationId: 'c', messageId, seq }));
    const slots = await Promise.all(
      refs.flatMap((ref) => keysOf(ref)).map((key) => redis.cluster('KEYSLOT', key)),
    );
    expect(new Set(slots).size).toBe(1);
    redis.disconnect();
    await server.stop();
  });
});
