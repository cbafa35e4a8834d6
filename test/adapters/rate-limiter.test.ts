import { memoryRateLimiter } from '../../src/adapters/rate-limiter/memory.js';
import { redisRateLimiters } from '../../src/adapters/rate-limiter/redis.js';
import { connectRedis, type RedisConnections } from '../../src/adapters/redis/connect.js';
import type { OpenRateLimiter } from '../../src/kernel/rate-limiter.js';
import { type RedisServer, startRedis } from '../support/redis.js';

const LIMIT = { name: 'things', points: 3, seconds: 60 };

let server: RedisServer;
let redis: RedisConnections;
let errors: Error[];

const onRedis: OpenRateLimiter = (limit) =>
  redisRateLimiters(redis.reads, (error) => errors.push(error))(limit);

beforeEach(async () => {
  errors = [];
  server = await startRedis();
  redis = connectRedis(server.url, () => {});
  await new Promise((resolve) => redis.reads.once('ready', resolve));
});

afterEach(async () => {
  await redis.close();
  await server.stop();
});

describe.each([
  ['in memory', memoryRateLimiter],
  ['in Redis', onRedis],
])('a limit counted %s', (_, open) => {
  test('allows as many as it says, and says how many are left and for how long', async () => {
    const limiter = open(LIMIT);
    const quotas = [];
    for (let n = 0; n < 5; n += 1) quotas.push(await limiter.consume('ada'));
    expect(quotas.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
    expect(quotas.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
    expect(quotas[0]).toMatchObject({ name: 'things', limit: 3 });
    expect(quotas[0]?.resetSeconds).toBeGreaterThan(55);
    expect(quotas[0]?.resetSeconds).toBeLessThanOrEqual(60);
    expect(await limiter.consume('grace')).toMatchObject({ allowed: true, remaining: 2 });
  });

  test('is looked at without being counted, and what did not happen is given back', async () => {
    const limiter = open(LIMIT);
    expect(await limiter.peek('ada')).toMatchObject({ allowed: true, remaining: 3, resetSeconds: 60 });
    for (let n = 0; n < 3; n += 1) await limiter.consume('ada');
    expect(await limiter.peek('ada')).toMatchObject({ allowed: false, remaining: 0 });
    await limiter.giveBack('ada');
    expect(await limiter.peek('ada')).toMatchObject({ allowed: true, remaining: 1 });
  });

  test('begins anew when its window has passed', async () => {
    const limiter = open({ ...LIMIT, points: 1, seconds: 1 });
    await limiter.consume('ada');
    expect(await limiter.peek('ada')).toMatchObject({ allowed: false });
    while (!(await limiter.peek('ada')).allowed) await new Promise((resolve) => setImmediate(resolve));
    expect(await limiter.consume('ada')).toMatchObject({ allowed: true });
  });

  test('is separate from other limits', async () => {
    const [one, other] = [open({ ...LIMIT, points: 1 }), open({ ...LIMIT, name: 'others', points: 1 })];
    await one.consume('ada');
    expect(await other.consume('ada')).toMatchObject({ allowed: true });
  });
});

describe('a limit counted in Redis', () => {
  test('is shared by gateways, and tells Redis neither emails nor addresses', async () => {
    const [here, there] = [onRedis(LIMIT), onRedis(LIMIT)];
    await here.consume('ada@example.org 192.0.2.1');
    expect(await there.consume('ada@example.org 192.0.2.1')).toMatchObject({ remaining: 1 });
    const keys = await redis.reads.keys('*');
    expect(keys).toEqual([expect.stringMatching(/^veda:limit:things:[\w-]{43}$/)]);
  });

  test('is counted in the process while Redis is away, at once and with the cause told; then in Redis again', async () => {
    const limiter = onRedis(LIMIT);
    await limiter.consume('ada');
    const lost = new Promise((resolve) => redis.reads.once('close', resolve));
    await server.kill();
    await lost;
    const began = performance.now();
    const quotas = [];
    for (let n = 0; n < 4; n += 1) quotas.push(await limiter.consume('ada'));
    expect(performance.now() - began).toBeLessThan(2000);
    expect(quotas.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    expect(errors).toHaveLength(4);
    const back = new Promise((resolve) => redis.reads.once('ready', resolve));
    await server.restart();
    await back;
    expect(await limiter.consume('ada')).toMatchObject({ allowed: true, remaining: 2 });
    expect(errors).toHaveLength(4);
  });

  test('is counted in the process when Redis is out of memory', async () => {
    const limiter = onRedis(LIMIT);
    await redis.reads.config('SET', 'maxmemory', '1');
    expect(await limiter.consume('ada')).toMatchObject({ allowed: true, remaining: 2 });
    expect(errors[0]).toMatchObject({ code: 'OOM' });
  });
});
