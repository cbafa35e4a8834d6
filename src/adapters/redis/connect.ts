import type { Cluster, Redis } from 'ioredis';
import { parseRedisAddress, type RedisAddress } from '../../redis-address.js';
import { type ConnectionChange, ConnectionMonitor } from './connection-monitor.js';
import { Heartbeat } from './heartbeat.js';
import { openPubsub } from './pubsub.js';
import { type ClientOptions, endClient, openClient, type RedisClient } from './topology.js';

/** The connections of one process. */
export interface RedisConnections {
  /** Commands wait while Redis is away, mostly for as long as it is, and are sent again; some are rejected. */
  readonly writes: RedisClient;
  /** Commands fail within about two seconds while Redis is away. */
  readonly reads: RedisClient;
  /** Only for a `Subscriber`. */
  readonly pubsub: Redis;
  /** @throws when Redis, or a part of a cluster, cannot be asked now. */
  ping(): Promise<void>;
  /** Resolves when all are closed. What still waits is rejected. */
  close(): Promise<void>;
}

/** A connection whose commands stay without an answer for so long is taken for dead, in ms. */
const SILENCE_MS = 5000;
const READ_MS = 2000;
const READ_REDIRECTIONS = 5;
const LONGEST_RETRY_MS = 1000;

/**
 * Connects to what `url` names (`parseRedisAddress`), and again whenever a connection is lost, which `onChange` is told.
 * Returns before there is a connection.
 */
export function connectRedis(url: string, onChange: (change: ConnectionChange) => void): RedisConnections {
  const address = addressOf(url);
  const monitor = new ConnectionMonitor((change) => {
    if (!closing) onChange(change);
  });
  let closing = false;
  const base = {
    connectTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    retry: (tries) => (closing ? null : Math.min(tries * 50, LONGEST_RETRY_MS)),
  } satisfies Omit<ClientOptions, 'redirections'>;
  // What is sent in one tick goes out as one pipeline, in a cluster as one for each node.
  const writes = openClient(address, {
    ...base,
    enableAutoPipelining: true,
    maxRetriesPerRequest: null,
    redirections: Number.POSITIVE_INFINITY,
    // After a failover the old master refuses writes; the new one answers at the same address.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
  const reads = openClient(address, {
    ...base,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    commandTimeout: READ_MS,
    redirections: READ_REDIRECTIONS,
  });
  // From then on nothing waits for a connection, or reads would pile up while there is none.
  reads.once('ready', () => Object.assign(reads.options, { enableOfflineQueue: false }));
  const listening = { ...base, maxRetriesPerRequest: 0, autoResubscribe: false };
  const pubsub =
    address.kind === 'cluster'
      ? openPubsub(address, reads as Cluster, listening)
      : (openClient(address, { ...listening, redirections: READ_REDIRECTIONS }) as Redis);
  const all = [writes, reads, pubsub];
  for (const client of all) monitor.watch(client);
  const heartbeat = new Heartbeat(writes, reads, pubsub);

  return {
    writes,
    reads,
    pubsub,
    ping: () => ping(reads),
    close: async () => {
      closing = true;
      heartbeat.stop();
      await Promise.all(all.map(endClient));
    },
  };
}

/** @throws when it is none; the configuration has made sure that it is one. */
export function addressOf(url: string): RedisAddress {
  const address = parseRedisAddress(url);
  if (!address) throw new Error('not an address of Redis');
  return address;
}

async function ping(client: RedisClient): Promise<void> {
  if (!isCluster(client)) {
    await client.ping();
    return;
  }
  const info = await client.cluster('INFO');
  if (!info.includes('cluster_state:ok')) throw new Error('the cluster is not whole');
}

function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}
