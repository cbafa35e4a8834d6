import { type Jobs, jobsOnPostgres } from '../../../src/adapters/bullmq/jobs.js';
import { describeJobQueue, job, Seen } from '../../contract/job-queue.js';
import { createDatabase, type TestDatabase, withClient } from '../../support/postgres.js';
import { SILENT } from '../../support/silent-log.js';

describe('the job queue on Postgres', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createDatabase();
  });

  afterEach(() => database.drop());

  describeJobQueue(() => jobsOnPostgres(database.url, SILENT));

  describe('after its connections were cut', () => {
    let jobs: Jobs;

    beforeEach(async () => {
      jobs = await jobsOnPostgres(database.url, SILENT);
    });

    afterEach(() => jobs.close());

    it('hears of new jobs again', async () => {
      const seen = new Seen();
      await jobs.source.start(1, seen.run);
      await jobs.queue.add(job(1));
      await seen.atLeast(1);
      expect(await cut(database.url)).toBeGreaterThan(1);
      // The first try may meet a connection that is not known to be dead yet.
      await jobs.queue.add(job(2)).catch(() => jobs.queue.add(job(2)));
      await seen.atLeast(2);
    });
  });

  it('leaves nothing behind of jobs that have ended', async () => {
    const jobs = await jobsOnPostgres(database.url, SILENT);
    const seen = new Seen();
    await jobs.source.start(10, seen.run);
    await Promise.all(Array.from({ length: 10 }, (_, seq) => jobs.queue.add(job(seq))));
    await seen.atLeast(10);
    await jobs.close();
    await withClient(database.url, async (client) => {
      const { rows } = await client.query('select * from bullmq.job');
      expect(rows).toEqual([]);
    });
  });
});

/** Ends every other connection to the database; how many there were. */
async function cut(url: string): Promise<number> {
  let count = 0;
  await withClient(url, async (client) => {
    const { rowCount } = await client.query(`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    count = rowCount ?? 0;
  });
  return count;
}
