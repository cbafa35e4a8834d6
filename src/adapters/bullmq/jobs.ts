import type { JobQueue, JobSource } from '../../generation/queue.js';
import type { Log } from '../../log.js';
import { grumbler } from '../grumble.js';
import { within } from './deadline.js';
import type { JobStore } from './job-store.js';
import { postgresStore } from './postgres-store.js';
import { BullQueue } from './queue.js';
import { redisStore } from './redis-store.js';
import { BullSource } from './source.js';

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
export function jobsOnRedis(url: string, log: Log): Promise<Jobs> {
  const grumble = grumbler(log, EVENT);
  return openJobs(redisStore(url, grumble), grumble);
}

/** Jobs through PostgreSQL, in a schema of its own that is brought up to date. @throws as on Redis. */
export function jobsOnPostgres(url: string, log: Log): Promise<Jobs> {
  return openJobs(postgresStore(url), grumbler(log, EVENT));
}

async function openJobs(store: JobStore, grumble: (error: Error) => void): Promise<Jobs> {
  const queue = new BullQueue(store, grumble);
  const source = new BullSource(store, grumble);
  const close = async (): Promise<void> => {
    // BullMQ would wait for a server that is away.
    if (!(await queue.available())) await store.close();
    const closed = source.close().then(() => queue.close());
    await within(CLOSE_MS, closed).catch(grumble);
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
