import { setImmediate as immediate } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Jobs, jobsOnRedis } from '../../../src/adapters/bullmq/jobs.js';
import type { LogFields } from '../../../src/kernel/logger.js';
import { describeJobQueue, job, Seen } from '../../contract/job-queue.js';
import { Moment } from '../../support/moment.js';
import { type RedisServer, startRedis } from '../../support/redis.js';
import { SILENT } from '../../support/silent-log.js';

describe('the job queue on Redis', () => {
  let redis: RedisServer;

  beforeEach(async () => {
    redis = await startRedis();
  });

  afterEach(() => redis.stop());

  describeJobQueue(() => jobsOnRedis(redis.url, SILENT));

  describe('while Redis is away', () => {
    let jobs: Jobs;
    let warnings: LogFields[];
    let firstWarning: Moment;

    beforeEach(async () => {
      warnings = [];
      firstWarning = new Moment();
      const warn = (_: string, fields: LogFields = {}) => {
        warnings.push(fields);
        firstWarning.happen();
      };
      jobs = await jobsOnRedis(redis.url, { ...SILENT, warn });
    });

    afterEach(() => jobs.close());

    it('refuses jobs at once when it is gone, and says so beforehand', async () => {
      await redis.kill();
      await firstWarning.come;
      expect(await jobs.queue.available()).toBe(false);
      await expect(jobs.queue.add(job(1))).rejects.toThrow();
    });

    it('refuses jobs when it does not answer, and says so beforehand', async () => {
      redis.freeze();
      const start = performance.now();
      expect(await jobs.queue.available()).toBe(false);
      expect(performance.now() - start).toBeLessThan(15_000);
      await expect(jobs.queue.add(job(1))).rejects.toThrow(/no answer/);
      expect(performance.now() - start).toBeLessThan(40_000);
      redis.thaw();
    });

    it('goes on when it is back, though it came back empty', async () => {
      const seen = new Seen();
      await jobs.source.start(1, seen.run);
      await jobs.queue.add(job(1));
      await seen.atLeast(1);
      await redis.restart();
      await untilAvailable(jobs);
      await jobs.queue.add(job(2));
      await seen.atLeast(2);
    });

    it('closes', async () => {
      const held = new Moment();
      const begun = new Moment();
      await jobs.source.start(1, async () => {
        begun.happen();
        await held.come;
      });
      await jobs.queue.add(job(1));
      await begun.come;
      await redis.kill();
      held.happen();
      await jobs.close();
    });

    it('closes while the connection that waits for jobs is between two tries', async () => {
      const seen = new Seen();
      await jobs.source.start(1, seen.run);
      await jobs.queue.add(job(1));
      await seen.atLeast(1);
      const admin = new Redis(redis.url);
      const waiting = await waitingClient(admin);
      // It cannot come back, since others have all the places; they are well.
      await admin.config('SET', 'maxclients', 1);
      await admin.client('KILL', 'ID', waiting);
      await firstWarning.come;
      expect(await jobs.queue.available()).toBe(true);
      const start = performance.now();
      await jobs.source.pause();
      await jobs.close();
      expect(performance.now() - start).toBeLessThan(30_000);
      admin.disconnect();
    });

    it('logs one line a second at the most', async () => {
      const seen = new Seen();
      await jobs.source.start(1, seen.run);
      await jobs.queue.add(job(1));
      await seen.atLeast(1);
      const start = performance.now();
      await redis.kill();
      await firstWarning.come;
      await jobs.close();
      expect(warnings.length).toBeLessThanOrEqual(1 + (performance.now() - start) / 1000);
    });
  });

  it('says why when Redis is not there from the start', async () => {
    await redis.kill();
    await expect(jobsOnRedis(redis.url, SILENT)).rejects.toThrow(/within 10000 ms/);
  });
});

/** The id of the connection over which a worker waits for jobs. */
async function waitingClient(admin: Redis): Promise<string> {
  for (;;) {
    const clients = String(await admin.client('LIST')).split('\n');
    const id = clients.find((client) => /cmd=bzpopmin/.test(client))?.match(/^id=(\d+)/)?.[1];
    if (id !== undefined) return id;
  }
}

async function untilAvailable(jobs: Jobs): Promise<void> {
  while (!(await jobs.queue.available())) await immediate();
}
