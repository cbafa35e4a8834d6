import { Redis } from 'ioredis';
import { describeGenerationLog } from '../../contract/generation-log.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { type RedisServer, startRedis } from '../../support/redis.js';
import { RedisDisaster } from '../../support/redis-disaster.js';
import { RedisProcess } from '../../support/redis-process.js';

describe('the generation log in Redis', () => {
  const clock = new ManualClock();
  let server: RedisServer;
  let here: RedisProcess;
  let there: RedisProcess;
  let fate: Redis;

  beforeAll(async () => {
    server = await startRedis();
    here = new RedisProcess(server.url, clock);
    there = new RedisProcess(server.url, clock);
    fate = new Redis(server.url);
  });

  afterAll(async () => {
    fate.disconnect();
    await Promise.all([here.stop(), there.stop()]);
    await server.stop();
  });

  describeGenerationLog(
    () => here.subject(there),
    () => new RedisDisaster(fate),
  );
});
