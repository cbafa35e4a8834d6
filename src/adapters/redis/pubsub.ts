import { type Cluster, Redis } from 'ioredis';
import type { RedisAddress } from '../../redis-address.js';
import { type ClientOptions, nodeOptions } from './topology.js';

type ClusterAddress = Extract<RedisAddress, { kind: 'cluster' }>;

/**
 * A connection to any one node of a cluster, to listen: what is published on one node is heard on all. Another node is
 * taken whenever it breaks, and when its node leaves the cluster. (The subscriber of ioredis' Cluster does as much, but
 * tells nobody that it was away.)
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
      // Read by ioredis at each try.
      Object.assign(pubsub.options, anyNode(address, cluster));
      return retry(tries);
    },
  });
  cluster.on('-node', ({ options: { host, port } }: Redis) => {
    if (host === pubsub.options.host && port === pubsub.options.port) pubsub.disconnect(true);
  });
  return pubsub;
}

/** As far as is known, or of those that were there at first. */
function anyNode(address: ClusterAddress, cluster: Cluster): { host?: string; port?: number } {
  const known = cluster.nodes().map(({ options: { host, port } }) => ({
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
  }));
  const nodes = known.length > 0 ? known : address.nodes;
  return nodes[Math.floor(Math.random() * nodes.length)] ?? {};
}
