import { Redis } from 'ioredis';
import type { LogCiphers } from '../../src/adapters/redis/log.js';
import { ManualClock } from '../doubles/manual-clock.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { RedisDisaster } from '../support/redis-disaster.js';
import { RedisProcess } from '../support/redis-process.js';
import { describeGenerationLog } from './generation-log.js';

/** What `GenerationLog` promises, of the log in Redis: in two processes, and with whatever a Redis may lose. */
export function describeLogInRedis(ciphers?: LogCiphers): void {
  const clock = new ManualClock();
  let server: RedisServer;
  let here: RedisProcess;
  let there: RedisProcess;
  let fate: Redis;

  beforeAll(async () => {
    server = await startRedis();
    here = new RedisProcess(server.url, clock, ciphers);
    there = new RedisProcess(server.url, clock, ciphers);
    fate = new Redis(server.url);
  });

  afterAll(async () => {
    fate.disconnect();
    await Promise.all([here.stop(), there.stop()]);
    await server.stop();
  });

  describeGenerationLog(
    () => here.subject(there),
    () => new RedisDisaster(fate, ciphers !== undefined),
  );
}
