import { Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { type JobStore, QUEUE_NAME } from './job-store.js';

/** Of all keys; braces keep them in one slot of a cluster. */
const prefix = '{veda}';
const CONNECT_MS = 5_000;
const LONGEST_RETRY_MS = 1_000;

export function redisStore(url: string, onError: (error: Error) => void): JobStore {
  let closing = false;
  const connection = new JobRedis(url, {
    // BullMQ asks for it: a blocking command outlives a lost connection.
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_MS,
    retryStrategy: (times) => (closing ? null : Math.min(times * 50, LONGEST_RETRY_MS)),
    // After a failover the old master refuses writes; the new one answers at the same address.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
  connection.on('error', onError);
  return {
    openQueue: (options) => new Queue(QUEUE_NAME, { ...options, connection, prefix }),
    openWorker: (run, options) => new Worker(QUEUE_NAME, run, { ...options, connection, prefix }),
    check: async () => {
      // What is sent to a lost connection would wait in line until Redis is back, and pile up.
      if (connection.status !== 'ready') throw new Error(`Redis is ${connection.status}`);
      await connection.ping();
    },
    close: async () => {
      closing = true;
      await Promise.all([connection, ...connection.duplicates].map(end));
    },
  };
}

/** Knows the connection that BullMQ makes like this one, to wait for jobs: nobody else could end it. */
class JobRedis extends Redis {
  readonly duplicates: Redis[] = [];

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const duplicate = new JobRedis({ ...this.options, ...override } as Omit<RedisOptions, 'replyMapping'>);
    this.duplicates.push(duplicate);
    return duplicate;
  }

  /** Between two tries ioredis would neither end nor reject what waits, and BullMQ waits for either: one more is made. */
  override disconnect(reconnect = false): void {
    const betweenTries = this.status === 'reconnecting';
    super.disconnect(reconnect);
    if (!betweenTries || reconnect) return;
    this.once('connect', () => super.disconnect());
    this.connect().catch(() => {});
  }
}

async function end(redis: Redis): Promise<void> {
  if (redis.status === 'end') return;
  // Not by `once` of node:events, which the error of a last try would reject.
  const ended = new Promise((resolve) => redis.once('end', resolve));
  redis.disconnect();
  await ended;
}
