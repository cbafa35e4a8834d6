import type { Cluster, Redis } from 'ioredis';
import { addressOf } from '../../../adapters/redis/connect.js';
import { endClient, openClient, type RedisClient } from '../../../adapters/redis/topology.js';
import type { Check } from '../check.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { codeOf } from '../gateway.js';
import { clockFinding } from './clock.js';

export interface RedisContext {
  readonly redisUrl: string;
}

const ANSWER_MS = 5000;
const OLDEST = [6, 2] as const;
/** Warns from this part of `maxmemory` on. */
const NEARLY_FULL = 0.8;
const MEGABYTE = 1_048_576;

/** Whether Redis answers, is new enough and keeps its data; each master of a cluster. */
export const redis: Check<RedisContext> = {
  about: 'redis',
  async run({ redisUrl }) {
    let reason = 'no answer';
    const client = openClient(addressOf(redisUrl), {
      connectTimeout: ANSWER_MS,
      commandTimeout: ANSWER_MS,
      maxRetriesPerRequest: 0,
      retry: () => null,
      redirections: 1,
    });
    client.on('error', (error: Error) => {
      reason = reasonOf(error);
    });
    try {
      await client.ping();
      const masters = isCluster(client) ? client.nodes('master') : [client];
      return (await Promise.all(masters.map(checkNode))).flat();
    } catch (error) {
      if (reason === 'no answer') reason = reasonOf(error);
      return [
        fail(
          'redis',
          `cannot be asked: ${reason}`,
          'look at REDIS_URL: host, port, password, redis or rediss',
        ),
      ];
    } finally {
      await endClient(client);
    }
  },
};

function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}

/** Redis' error code such as `WRONGPASS`, or the code of the connection's error: neither contains a secret. */
function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return /^[A-Z]{4,}(?= )/.exec(message)?.[0] ?? codeOf(error);
}

async function checkNode(node: Redis): Promise<Finding[]> {
  const asked = Date.now();
  const [seconds, micros] = await node.time();
  const ahead = Number(seconds) + Number(micros) / 1e6 - (asked + Date.now()) / 2000;
  const info = parseInfo(await node.info());
  return [
    version(info),
    policy(info),
    ...role(info),
    ...persistence(info),
    memory(info),
    { ...clockFinding('its clock', ahead), about: 'redis' },
  ];
}

type Info = Readonly<Record<string, string>>;

function parseInfo(text: string): Info {
  return Object.fromEntries(
    text.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
    }),
  );
}

function version({ redis_version: found = '0' }: Info): Finding {
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const newEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return newEnough
    ? ok('redis', `answers, version ${found}`)
    : fail('redis', `version ${found} is too old`, `use ${OLDEST.join('.')} or later`);
}

/** From `INFO`, which works where `CONFIG` is forbidden. */
function policy({ maxmemory_policy: found = 'unknown' }: Info): Finding {
  if (found === 'noeviction') return ok('redis', 'maxmemory-policy is noeviction');
  const finding = `maxmemory-policy is ${found}: under memory pressure jobs and running answers are dropped`;
  return fail(
    'redis',
    finding,
    'redis.conf: "maxmemory-policy noeviction", or CONFIG SET maxmemory-policy noeviction',
  );
}

function role({ role: found }: Info): Finding[] {
  if (found !== 'slave') return [];
  return [fail('redis', 'it is a replica, which takes no writes', 'let REDIS_URL lead to the master')];
}

function persistence(info: Info): Finding[] {
  const broken = ['rdb_last_bgsave_status', 'aof_last_write_status'].filter((name) => info[name] === 'err');
  if (broken.length > 0) {
    return [
      fail(
        'redis',
        `it cannot write to its disk (${broken.join(', ')}) and refuses writes`,
        'look at its disk and log',
      ),
    ];
  }
  if (info['aof_enabled'] === '1') return [ok('redis', 'append-only file on')];
  return [
    ok(
      'redis',
      'no append-only file: after a crash, workers write running answers anew and sweepers find the queue',
    ),
  ];
}

function memory(info: Info): Finding {
  const used = Number(info['used_memory']);
  const max = Number(info['maxmemory']);
  const evicted = Number(info['evicted_keys']);
  if (evicted > 0) {
    return warn(
      'redis',
      `${evicted} keys were evicted since its start`,
      'give it more memory, and see maxmemory-policy',
    );
  }
  const megabytes = `${Math.round(used / MEGABYTE)} MB used`;
  if (!(max > 0)) return ok('redis', `${megabytes}, no maxmemory set`);
  const finding = `${megabytes} of ${Math.round(max / MEGABYTE)} MB`;
  if (used < max * NEARLY_FULL) return ok('redis', finding);
  return warn(
    'redis',
    finding,
    'raise maxmemory: writes are refused when it is full, and new messages with them',
  );
}
