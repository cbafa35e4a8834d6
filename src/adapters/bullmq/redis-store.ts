import { Queue, Worker } from 'bullmq';
import { Cluster, type ClusterNode, Redis, type RedisOptions } from 'ioredis';
import { addressOf } from '../redis/connect.js';
import {
  type ClientClasses,
  type ClusterSettings,
  endClient,
  openClient,
  type RedisClient,
} from '../redis/topology.js';
import { type JobStore, QUEUE_NAME } from './job-store.js';

/** Of all keys; braces keep them in one slot of a cluster. */
const prefix = '{veda}';
const CONNECT_MS = 5_000;
const LONGEST_RETRY_MS = 1_000;
const WRITABLE_MS = 1_000;
/** BullMQ tries again by itself what a cluster refused for so many times 100 ms. */
const REDIRECTIONS = 16;

export function redisStore(url: string, onError: (error: Error) => void): JobStore {
  let closing = false;
  const copies: RedisClient[] = [];
  const connection = openClient(
    addressOf(url),
    {
      // BullMQ asks for it: a blocking command outlives a lost connection.
      maxRetriesPerRequest: null,
      connectTimeout: CONNECT_MS,
      retry: (tries) => (closing ? null : Math.min(tries * 50, LONGEST_RETRY_MS)),
      redirections: REDIRECTIONS,
      // After a failover the old master refuses writes; the new one answers at the same address.
      reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    },
    classesWithCopies(copies, () => closing),
  );
  connection.on('error', onError);
  return {
    openQueue: (options) => new Queue(QUEUE_NAME, { ...options, connection, prefix }),
    openWorker: (run, options) => new Worker(QUEUE_NAME, run, { ...options, connection, prefix }),
    check: async () => {
      // What is sent to a lost connection would wait in line until Redis is back, and pile up.
      if (connection.status !== 'ready') throw new Error(`Redis is ${connection.status}`);
      // A write, to where the jobs are: a server without memory, a replica and the other nodes would answer a ping.
      await connection.set(`${prefix}:writable`, '', 'PX', WRITABLE_MS);
    },
    close: async () => {
      closing = true;
      await Promise.all([connection, ...copies].map(endClient));
    },
  };
}

/**
 * Knows the connections that BullMQ makes like its first one, to wait for jobs: nobody else could end them. Between two
 * tries ioredis would neither end one nor reject what waits, and BullMQ waits for either: one more try is made.
 */
function classesWithCopies(copies: RedisClient[], closing: () => boolean): ClientClasses {
  class JobRedis extends Redis {
    override duplicate(override?: Partial<RedisOptions>): Redis {
      const copy = new JobRedis({ ...this.options, ...override } as Omit<RedisOptions, 'replyMapping'>);
      copies.push(copy);
      return copy;
    }

    override disconnect(reconnect = false): void {
      const betweenTries = this.status === 'reconnecting';
      super.disconnect(reconnect);
      if (!betweenTries || reconnect) return;
      this.once('connect', () => super.disconnect());
      this.connect().catch(() => {});
    }
  }

  class JobCluster extends Cluster {
    readonly #nodes: ClusterNode[];

    constructor(nodes: ClusterNode[], options: ClusterSettings) {
      super(nodes, options);
      this.#nodes = nodes;
    }

    override duplicate(_?: ClusterNode[], override?: object): never {
      const copy = new JobCluster(this.#nodes, { ...this.options, ...override } as ClusterSettings);
      copies.push(copy);
      // The declared type depends on the override, which has nothing that matters to it.
      return copy as never;
    }

    override disconnect(reconnect = false): void {
      const betweenTries = this.status === 'reconnecting';
      super.disconnect(reconnect);
      // Otherwise BullMQ makes the next try, and would find this one.
      if (!betweenTries || reconnect || !closing()) return;
      this.once('connect', () => super.disconnect());
      this.connect().catch(() => {});
    }
  }

  return { Redis: JobRedis, Cluster: JobCluster };
}
