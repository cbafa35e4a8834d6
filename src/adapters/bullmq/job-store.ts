import {
  createPostgresBackend,
  type Processor,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import type { GenerationRef } from '../../generation/log.js';

/** A server in which BullMQ keeps its jobs. */
export interface JobStore {
  openQueue(options: Omit<QueueOptions, 'connection'>): StoredQueue;
  openWorker(run: Processor<GenerationRef>, options: Omit<WorkerOptions, 'connection'>): StoredWorker;
  /** @throws when the server cannot be asked now. May take for ever. */
  check(): Promise<void>;
  /** After the queue and the worker, or before them when the server is away: what waits for it is rejected. */
  close(): void;
}

/** What is used of BullMQ's `Queue`, whose type depends on its server. */
export interface StoredQueue extends Open {
  add(name: string, ref: GenerationRef): Promise<unknown>;
}

/** What is used of BullMQ's `Worker`. */
export interface StoredWorker extends Open {
  pause(): Promise<void>;
}

interface Open {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

const NAME = 'generations';
/** Of all keys in Redis; braces keep them in one slot of a cluster. */
const PREFIX = '{veda}';
const CONNECT_MS = 5_000;
const LONGEST_RETRY_MS = 1_000;
/** Of a process; workers at PostgreSQL have one more, to listen. */
const POSTGRES_CONNECTIONS = 4;

export function redisStore(url: string, onError: (error: Error) => void): JobStore {
  let closing = false;
  const connection = new Redis(url, {
    // BullMQ asks for it: a blocking command outlives a lost connection.
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_MS,
    // Shared with the connection that BullMQ makes like this one, to wait for jobs.
    retryStrategy: (times) => (closing ? null : Math.min(times * 50, LONGEST_RETRY_MS)),
    // After a failover the old master refuses writes; the new one answers at the same address.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
  connection.on('error', onError);
  return {
    openQueue: (options) => new Queue(NAME, { ...options, connection, prefix: PREFIX }),
    openWorker: (run, options) => new Worker(NAME, run, { ...options, connection, prefix: PREFIX }),
    check: async () => {
      // What is sent to a lost connection would wait in line until Redis is back, and pile up.
      if (connection.status !== 'ready') throw new Error(`Redis is ${connection.status}`);
      await connection.ping();
    },
    close: () => {
      closing = true;
      // Disconnected between two tries, ioredis would neither end nor reject what waits: the next try is let happen.
      if (connection.status === 'reconnecting') connection.once('connect', () => connection.disconnect());
      else connection.disconnect();
    },
  };
}

export function postgresStore(connectionString: string): JobStore {
  const connection = {
    connectionString,
    migrate: true,
    max: POSTGRES_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: 'veda-gateway jobs',
  };
  return {
    openQueue: (options) => new Queue(NAME, { ...options, connection }, createPostgresBackend),
    openWorker: (run, options) => new Worker(NAME, run, { ...options, connection }, createPostgresBackend),
    // Messages are stored in the same server: when it is away, none is accepted.
    check: () => Promise.resolve(),
    close: () => undefined,
  };
}
