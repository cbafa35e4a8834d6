import { Redis, type RedisOptions } from 'ioredis';
import { RedisError } from './redis-error.js';

/** The connections of one process. */
export interface RedisConnections {
  /** Commands wait while Redis is away, however long, and are sent again. */
  readonly writes: Redis;
  /** Commands fail within two seconds while Redis is away. */
  readonly reads: Redis;
  /** Only for a `Subscriber`. */
  readonly pubsub: Redis;
  /** Resolves when all are closed. What still waits is rejected. */
  close(): Promise<void>;
}

/** A connection whose commands stay without an answer for so long is taken for dead, in ms. */
const SILENCE_MS = 5000;
const READ_MS = 2000;
const LONGEST_RETRY_MS = 1000;

/**
 * Connects to `redis://` or `rediss://` (TLS), and again whenever a connection is lost, which `onError` is told each
 * time. Returns before there is a connection.
 */
export function connectRedis(url: string, onError: (error: RedisError) => void): RedisConnections {
  let closing = false;
  const connect = (options: Omit<RedisOptions, 'replyMapping'>): Redis => {
    const redis = new Redis(url, {
      connectTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
      retryStrategy: (times) => (closing ? null : Math.min(times * 50, LONGEST_RETRY_MS)),
      ...options,
    });
    return redis.on('error', (error) => onError(new RedisError('connection', error)));
  };
  // What is sent in one tick goes out as one pipeline.
  const writes = connect({
    enableAutoPipelining: true,
    maxRetriesPerRequest: null,
    // After a failover the old master refuses writes; the new one answers at the same address.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
  const reads = connect({ enableAutoPipelining: true, maxRetriesPerRequest: 0, commandTimeout: READ_MS });
  const pubsub = connect({ maxRetriesPerRequest: 0, autoResubscribe: false });

  return {
    writes,
    reads,
    pubsub,
    close: async () => {
      closing = true;
      await Promise.all([writes, reads, pubsub].map(end));
    },
  };
}

function end(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    if (redis.status === 'end') return resolve();
    redis.once('end', () => resolve());
    // Disconnected between two tries, ioredis would neither end nor reject what waits: the next try is let happen.
    if (redis.status === 'reconnecting') redis.once('connect', () => redis.disconnect());
    else redis.disconnect();
  });
}
