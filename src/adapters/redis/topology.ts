import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from '../../redis-address.js';

/** One connection, or one to each node of a cluster. */
export type RedisClient = Redis | Cluster;

/** Of a connection; in a cluster, of each. */
export interface ClientOptions extends Omit<RedisOptions, 'replyMapping' | 'retryStrategy'> {
  /** How long to wait before the next try to connect, in ms; null gives up. */
  readonly retry: (tries: number) => number | null;
  /** How often a command of a cluster is tried, 100 ms apart, while its node is away or another's. */
  readonly redirections: number;
}

/** The classes to be used: BullMQ needs some that know their copies. */
export interface ClientClasses {
  readonly Redis: new (...args: [string, Options] | [Options]) => Redis;
  readonly Cluster: new (nodes: ClusterNode[], options: ClusterSettings) => Cluster;
}

export type ClusterSettings = Omit<ClusterOptions, 'redisOptions'> & {
  redisOptions: Omit<NonNullable<ClusterOptions['redisOptions']>, 'replyMapping'>;
};

type Options = Omit<RedisOptions, 'replyMapping'>;

/** A sentinel that does not answer is passed over after so long, in ms. */
const SENTINEL_MS = 1000;
const TOPOLOGY_ANSWER_MS = 2000;
/** A connection whose other end does not agree to its end is cut after so long, in ms. */
const FAREWELL_MS = 500;

/** Connects to what is at `address`. Returns before there is a connection. */
export function openClient(
  address: RedisAddress,
  { retry, redirections, ...given }: ClientOptions,
  classes: ClientClasses = { Redis, Cluster },
): RedisClient {
  const options = { disconnectTimeout: FAREWELL_MS, ...given };
  const one = { ...options, retryStrategy: retry };
  if (address.kind === 'single') return new classes.Redis(address.url, one);
  if (address.kind === 'sentinel') return new classes.Redis({ ...one, ...sentinelOptions(address, retry) });
  return new classes.Cluster([...address.nodes], {
    clusterRetryStrategy: retry,
    maxRedirections: redirections,
    slotsRefreshTimeout: TOPOLOGY_ANSWER_MS,
    enableAutoPipelining: options.enableAutoPipelining ?? false,
    // Certificates are for names, so names are not to be resolved beforehand.
    dnsLookup: (name, callback) => callback(null, name),
    redisOptions: { ...options, enableAutoPipelining: false, ...nodeOptions(address) },
  });
}

/** Of a connection to a single node of a cluster. */
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

/** Resolves when `client` is closed. What still waits is rejected. `retry` must give up from now on. */
export function endClient(client: RedisClient): Promise<void> {
  return new Promise((resolve) => {
    if (isOver(client)) return resolve();
    client.once('end', () => resolve());
    // Disconnected between two tries, ioredis would neither end nor reject what waits: the next try is let happen.
    if (client.status === 'reconnecting') client.once('connect', () => client.disconnect());
    else client.disconnect();
  });
}

/** The status of a cluster may change once more after its end, and is not `end` then. */
function isOver(client: RedisClient): boolean {
  if (client.status === 'end') return true;
  const leaving = client.status === 'close' || client.status === 'disconnecting';
  return client instanceof Cluster && leaving && client.nodes().length === 0;
}
