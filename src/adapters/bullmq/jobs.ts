import type { JobQueue, JobSource } from '../../generation/job-queue.js';
import type { Logger } from '../../kernel/logger.js';
import { throttledWarning } from '../../kernel/throttled-warning.js';
import type { JobStore } from './job-store.js';
import { postgresStore } from './postgres-store.js';
import { BullQueue } from './queue.js';
import { redisStore } from './redis-store.js';
import { BullSource } from './source.js';
import { withDeadline } from './with-deadline.js';

/** Both ends of one queue, of which a process may use either. */
export interface Jobs {
  readonly queue: JobQueue;
  readonly source: JobSource;
  /** Waits for the jobs that run, 5 s at the most. */
  close(): Promise<void>;
}

const CLOSE_MS = 5_000;
const EVENT = 'job queue error';

/** Jobs through Redis, for any number of processes. @throws when Redis does not answer within 10 s. */
export function jobsOnRedis(url: string, log: Logger): Promise<Jobs> {
  const warn = throttledWarning(log, EVENT);
  return openJobs(redisStore(url, warn), warn);
}

/** Jobs through PostgreSQL, in a schema of its own that is brought up to date. @throws as on Redis. */
export function jobsOnPostgres(url: string, log: Logger): Promise<Jobs> {
  return openJobs(postgresStore(url), throttledWarning(log, EVENT));
}

async function openJobs(store: JobStore, warn: (error: Error) => void): Promise<Jobs> {
  const queue = new BullQueue(store, warn);
  const source = new BullSource(store, warn);
  const close = async (): Promise<void> => {
    // BullMQ would wait for a server that is down.
    if (!(await queue.available())) await store.close();
    const closed = source.close().then(() => queue.close());
    await withDeadline(CLOSE_MS, closed).catch(warn);
    await store.close();
  };
  try {
    await queue.open();
  } catch (error) {
    await close();
    throw error;
  }
  return { queue, source, close };
}
