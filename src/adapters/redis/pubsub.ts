import { type Cluster, Redis } from 'ioredis';
import type { RedisAddress } from '../../redis-address.js';
import { type ClientOptions, nodeOptions } from './topology.js';

type ClusterAddress = Extract<RedisAddress, { kind: 'cluster' }>;

/**
 * A pub/sub connection to one node of a cluster: every node relays what is published on any of them. When the connection
 * breaks, or its node leaves the cluster, it connects to another node. The subscriber of ioredis' Cluster does this too,
 * but does not tell that it was disconnected, so missed messages would go unnoticed.
 */
export function openPubsub(
  address: ClusterAddress,
  cluster: Cluster,
  { retry, ...options }: Omit<ClientOptions, 'redirections'>,
): Redis {
  const [first] = address.nodes;
  const pubsub: Redis = new Redis({
    ...options,
    ...nodeOptions(address),
    ...first,
    retryStrategy: (tries) => {
      // ioredis reads the options at every attempt.
      Object.assign(pubsub.options, anyNode(address, cluster));
      return retry(tries);
    },
  });
  cluster.on('-node', ({ options: { host, port } }: Redis) => {
    if (host === pubsub.options.host && port === pubsub.options.port) pubsub.disconnect(true);
  });
  return pubsub;
}

/** A random node of the cluster as it is known now, else of the configured ones. */
function anyNode(address: ClusterAddress, cluster: Cluster): { host?: string; port?: number } {
  const known = cluster.nodes().map(({ options: { host, port } }) => ({
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
  }));
  const nodes = known.length > 0 ? known : address.nodes;
  return nodes[Math.floor(Math.random() * nodes.length)] ?? {};
}
