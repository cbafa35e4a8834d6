import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, type RedisServer, startRedis } from './redis.js';

/** Three masters, each with a replica: a cluster of the test's own. */
export interface RedisClusterServers {
  /** Names two of its nodes. */
  readonly url: string;
  /** The server that is the master of a key now. */
  masterOf(key: string): Promise<RedisServer>;
  serverAt(port: number | undefined): RedisServer;
  isMaster(server: RedisServer): Promise<boolean>;
  /** Gives keys of one slot, and the slot, to another master. */
  move(keys: readonly [string, ...string[]]): Promise<void>;
  killAll(): Promise<void>;
  /** Starts a server that was killed, and waits until it is a replica of who took its place. */
  revive(server: RedisServer): Promise<void>;
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const MASTERS = 3;

export async function startRedisCluster(): Promise<RedisClusterServers> {
  const servers = await Promise.all(Array.from({ length: 2 * MASTERS }, startNode));
  const [masters, replicas] = [servers.slice(0, MASTERS), servers.slice(MASTERS)];
  const admins = new Map(servers.map((server) => [server, adminOf(server)] as const));
  const admin = (server: RedisServer): Redis => admins.get(server) ?? adminOf(server);
  const [first] = masters as [RedisServer];

  for (const [index, server] of masters.entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / MASTERS)) as [
      number,
      number,
    ];
    await admin(server).cluster('ADDSLOTSRANGE', from, to - 1);
  }
  for (const [index, server] of servers.entries()) {
    await admin(server).cluster('SET-CONFIG-EPOCH', index + 1);
    const bus = await admin(server).config('GET', 'cluster-port');
    if (server !== first) await admin(first).call('CLUSTER', 'MEET', '127.0.0.1', server.port, bus[1] ?? '');
  }
  await all(servers, async (server) => (await nodesSeenBy(admin(server))).length === servers.length);
  for (const [index, replica] of replicas.entries()) {
    const id = await admin(masters[index] ?? first).cluster('MYID');
    await admin(replica).cluster('REPLICATE', id);
  }
  await all(replicas, async (server) =>
    /master_link_status:up/.test(await admin(server).info('replication')),
  );
  await all(servers, async (server) => {
    const seen = await nodesSeenBy(admin(server));
    const whole = (await admin(server).cluster('INFO')).includes('cluster_state:ok');
    return whole && seen.filter((node) => / (?:myself,)?slave /.test(node)).length === replicas.length;
  });

  const serverAt = (port: number | undefined): RedisServer => {
    const server = servers.find((server) => server.port === port);
    if (!server) throw new Error(`no node at ${port}`);
    return server;
  };
  const masterOf = async (key: string): Promise<RedisServer> => {
    const slot = await admin(first).cluster('KEYSLOT', key);
    const ranges = (await admin(first).cluster('SLOTS')) as unknown as [number, number, [string, number]][];
    return serverAt(ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1]);
  };

  return {
    url: `redis+cluster://127.0.0.1:${first.port},127.0.0.1:${masters[1]?.port}`,
    masterOf,
    serverAt,
    isMaster: async (server) => (await admin(server).role())[0] === 'master',
    move: async (keys) => {
      const from = await masterOf(keys[0]);
      const [to] = masters.filter((master) => master !== from) as [RedisServer];
      const slot = await admin(from).cluster('KEYSLOT', keys[0]);
      const [fromId, toId] = await Promise.all([from, to].map((server) => admin(server).cluster('MYID')));
      await admin(to).call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId ?? '');
      await admin(from).call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId ?? '');
      await admin(from).call('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys);
      for (const server of [to, from])
        await admin(server).call('CLUSTER', 'SETSLOT', slot, 'NODE', toId ?? '');
    },
    revive: async (server) => {
      await server.restart();
      await all([server], async () => {
        const replication = await admin(server).info('replication');
        return /role:slave/.test(replication) && /master_link_status:up/.test(replication);
      });
      await all(servers, async (each) => (await nodesSeenBy(admin(each))).length === servers.length);
    },
    killAll: async () => {
      await Promise.all(servers.map((server) => server.kill()));
    },
    stop: async () => {
      for (const redis of admins.values()) redis.disconnect();
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

async function startNode(): Promise<RedisServer> {
  const args = [
    ['--cluster-enabled', 'yes'],
    ['--cluster-port', String(await freePort())],
    ['--cluster-node-timeout', '1000'],
    ['--repl-diskless-sync-delay', '0'],
  ];
  return startRedis({ args: args.flat() });
}

function adminOf(server: RedisServer): Redis {
  return new Redis(server.url).on('error', () => {});
}

async function nodesSeenBy(redis: Redis): Promise<string[]> {
  const nodes = String(await redis.cluster('NODES')).split('\n');
  return nodes.filter((node) => node.includes(' connected') && !/handshake|fail/.test(node));
}

/** Nothing tells when a cluster has come to agree: it is asked. */
export async function all<T>(items: readonly T[], is: (item: T) => Promise<boolean>): Promise<void> {
  for (const item of items) while (!(await is(item))) await sleep(20);
}
