import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from '../../redis-address.js';

/** A connection to one server, or to every node of a cluster. */
export type RedisClient = Redis | Cluster;

/** Options of a connection; in a cluster, of every connection. */
export interface ClientOptions extends Omit<RedisOptions, 'replyMapping' | 'retryStrategy'> {
  /** Delay before the next connection attempt, in ms. Null gives up. */
  readonly retry: (tries: number) => number | null;
  /** How often a cluster command is tried, 100 ms apart, while its node is down or its slot moves. */
  readonly redirections: number;
}

/** The client classes to construct: BullMQ needs subclasses that track their duplicates. */
export interface ClientClasses {
  readonly Redis: new (...args: [string, Options] | [Options]) => Redis;
  readonly Cluster: new (nodes: ClusterNode[], options: ClusterSettings) => Cluster;
}

export type ClusterSettings = Omit<ClusterOptions, 'redisOptions'> & {
  redisOptions: Omit<NonNullable<ClusterOptions['redisOptions']>, 'replyMapping'>;
};

type Options = Omit<RedisOptions, 'replyMapping'>;

/** A sentinel that does not answer within this time, in ms, is skipped. */
const SENTINEL_MS = 1000;
const TOPOLOGY_ANSWER_MS = 2000;
/** A connection whose peer does not confirm the close within this time, in ms, is destroyed. */
const CLOSE_MS = 500;

/** Opens a client for `address`. Returns before there is a connection. */
export function openClient(
  address: RedisAddress,
  { retry, redirections, ...given }: ClientOptions,
  classes: ClientClasses = { Redis, Cluster },
): RedisClient {
  const options = { disconnectTimeout: CLOSE_MS, ...given };
  const one = { ...options, retryStrategy: retry };
  if (address.kind === 'single') return new classes.Redis(address.url, one);
  if (address.kind === 'sentinel') return new classes.Redis({ ...one, ...sentinelOptions(address, retry) });
  return new classes.Cluster([...address.nodes], {
    clusterRetryStrategy: retry,
    maxRedirections: redirections,
    slotsRefreshTimeout: TOPOLOGY_ANSWER_MS,
    enableAutoPipelining: options.enableAutoPipelining ?? false,
    // Certificates are issued for names, so names must not be resolved first.
    dnsLookup: (name, callback) => callback(null, name),
    redisOptions: { ...options, enableAutoPipelining: false, ...nodeOptions(address) },
  });
}

/** Options of a connection to a single node of a cluster. */
export function nodeOptions({ credentials, tls }: Extract<RedisAddress, { kind: 'cluster' }>): Options {
  return { ...credentials, ...(tls && { tls: {} }) };
}

function sentinelOptions(
  address: Extract<RedisAddress, { kind: 'sentinel' }>,
  retry: (tries: number) => number | null,
): Options {
  const { sentinels, master, database, credentials, sentinelCredentials, tls } = address;
  const { username, password } = sentinelCredentials;
  return {
    sentinels: [...sentinels],
    name: master,
    db: database,
    ...credentials,
    ...(username !== undefined && { sentinelUsername: username }),
    ...(password !== undefined && { sentinelPassword: password }),
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    sentinelCommandTimeout: SENTINEL_MS,
    sentinelRetryStrategy: retry,
  };
}

/** Resolves when `client` is closed. Waiting commands are rejected. `retry` must return null from now on. */
export function endClient(client: RedisClient): Promise<void> {
  return new Promise((resolve) => {
    if (hasEnded(client)) return resolve();
    client.once('end', () => resolve());
    // If disconnected between two attempts, ioredis neither ends nor rejects waiting commands. So wait for the next attempt.
    if (client.status === 'reconnecting') client.once('connect', () => client.disconnect());
    else client.disconnect();
  });
}

/** A cluster's status may change once more after `end`, so `end` alone is not enough. */
function hasEnded(client: RedisClient): boolean {
  if (client.status === 'end') return true;
  const leaving = client.status === 'close' || client.status === 'disconnecting';
  return client instanceof Cluster && leaving && client.nodes().length === 0;
}
