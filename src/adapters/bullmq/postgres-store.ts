import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { type JobStore, QUEUE_NAME } from './job-store.js';

/** Of a queue, and of a worker, which has one more to listen. */
const CONNECTIONS = 4;
const CONNECT_MS = 5_000;

export function postgresStore(connectionString: string): JobStore {
  const connection = {
    connectionString,
    migrate: true,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: 'veda-gateway jobs',
  };
  return {
    openQueue: (options) => new Queue(QUEUE_NAME, { ...options, connection }, createPostgresBackend),
    openWorker: (run, options) =>
      new Worker(QUEUE_NAME, run, { ...options, connection }, createPostgresBackend),
    // Messages are stored in the same server: when it is down, none is accepted.
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
