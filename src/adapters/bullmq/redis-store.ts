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
/** How often a command follows a redirection of a cluster. Afterwards BullMQ repeats it by itself. */
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
      // Commands to a lost connection are queued until Redis is back. Checks must not pile up there.
      if (connection.status !== 'ready') throw new Error(`Redis is ${connection.status}`);
      // A write to the node of the jobs: a server without memory, a replica or another node would answer a ping.
      await connection.set(`${prefix}:writable`, '', 'PX', WRITABLE_MS);
    },
    close: async () => {
      closing = true;
      await Promise.all([connection, ...copies].map(endClient));
    },
  };
}

/**
 * Keeps track of the connections that BullMQ duplicates from the first one to wait for jobs, so that they can be ended.
 * Between two attempts to connect ioredis neither ends a connection nor rejects its commands, and BullMQ would wait for
 * that. So one more attempt is made.
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
