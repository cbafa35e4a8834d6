import type { Cluster, Redis } from 'ioredis';
import { parseRedisAddress, type RedisAddress } from '../../redis-address.js';
import { type ConnectionChange, ConnectionMonitor } from './connection-monitor.js';
import { Heartbeat } from './heartbeat.js';
import { openPubsub } from './pubsub.js';
import { type ClientOptions, endClient, openClient, type RedisClient } from './topology.js';

/** The connections of one process. */
export interface RedisConnections {
  /** Commands wait while Redis is down and are then sent again. A few are rejected. */
  readonly writes: RedisClient;
  /** Commands fail within about two seconds while Redis is down. */
  readonly reads: RedisClient;
  /** Only for a `Subscriber`. */
  readonly pubsub: Redis;
  /** @throws when Redis, or a part of a cluster, does not answer. */
  ping(): Promise<void>;
  /** Resolves when all are closed. Waiting commands are rejected. */
  close(): Promise<void>;
}

/** A connection that does not answer a command for this long, in ms, is considered dead. */
const SILENCE_MS = 5000;
const READ_MS = 2000;
const READ_REDIRECTIONS = 5;
const LONGEST_RETRY_MS = 1000;

/**
 * Connects to the Redis that `url` names (see `parseRedisAddress`) and reconnects whenever a connection is lost. `onChange`
 * is called when Redis goes down and when it is back. Returns before there is a connection.
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
  // Commands of one tick are sent as one pipeline, in a cluster as one for each node.
  const writes = openClient(address, {
    ...base,
    enableAutoPipelining: true,
    maxRetriesPerRequest: null,
    redirections: Number.POSITIVE_INFINITY,
    // After a failover the old master refuses writes. Reconnecting finds the new one.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
  const reads = openClient(address, {
    ...base,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    commandTimeout: READ_MS,
    redirections: READ_REDIRECTIONS,
  });
  // After the first connection, reads must not pile up while there is none.
  reads.once('ready', () => Object.assign(reads.options, { enableOfflineQueue: false }));
  const pubsubOptions = { ...base, maxRetriesPerRequest: 0, autoResubscribe: false };
  const pubsub =
    address.kind === 'cluster'
      ? openPubsub(address, reads as Cluster, pubsubOptions)
      : (openClient(address, { ...pubsubOptions, redirections: READ_REDIRECTIONS }) as Redis);
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

/** The configuration has validated `url`. @throws when it is not an address of Redis. */
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
  if (!info.includes('cluster_state:ok')) throw new Error('the cluster is incomplete');
}

function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}
