/** The address of Redis, parsed from `REDIS_URL`. */
export type RedisAddress =
  /** One server, or a proxy that looks like one. */
  | { readonly kind: 'single'; readonly url: string }
  /** A master that sentinels find by its name, also after a failover. */
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisNode[];
      readonly master: string;
      readonly database: number;
      readonly credentials: Credentials;
      readonly sentinelCredentials: Credentials;
      readonly tls: boolean;
    }
  /** A cluster. Some nodes are given; they tell the others. */
  | {
      readonly kind: 'cluster';
      readonly nodes: readonly RedisNode[];
      readonly credentials: Credentials;
      readonly tls: boolean;
    };

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6379;

/** `redis+sentinel://user:password@a:1,b:2/rest?query`; a WHATWG URL cannot hold a list of hosts. */
const SEVERAL =
  /^(?<scheme>rediss?)\+(?<kind>sentinel|cluster):\/\/(?:(?<user>[^@/]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/;

/**
 * `redis[s]://…`, `redis[s]+sentinel://[user:password@]host[:port],…/master[/database]`, or
 * `redis[s]+cluster://[user:password@]host[:port],…`. Undefined for anything else. Sentinels with their own password take
 * `?sentinel_username=` and `sentinel_password=`.
 */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  const several = SEVERAL.exec(text)?.groups;
  try {
    if (several) return several['kind'] === 'cluster' ? cluster(several) : sentinel(several);
    return ['redis:', 'rediss:'].includes(new URL(text).protocol) ? { kind: 'single', url: text } : undefined;
  } catch {
    return undefined;
  }
}

type Parts = Record<string, string | undefined>;

function sentinel(parts: Parts): RedisAddress | undefined {
  const [master = '', database = '0', ...rest] = (parts['path'] ?? '').split('/');
  const { sentinel_username: username, sentinel_password: password, ...unknown } = queryOf(parts);
  if (master === '' || !/^\d+$/.test(database) || rest.length > 0 || Object.keys(unknown).length > 0) {
    return undefined;
  }
  return {
    kind: 'sentinel',
    sentinels: nodesOf(parts, SENTINEL_PORT),
    master: decodeURIComponent(master),
    database: Number(database),
    credentials: credentialsOf(parts),
    sentinelCredentials: { ...(username && { username }), ...(password && { password }) },
    tls: parts['scheme'] === 'rediss',
  };
}

/** A cluster has only database 0. */
function cluster(parts: Parts): RedisAddress | undefined {
  if (!/^0?$/.test(parts['path'] ?? '') || Object.keys(queryOf(parts)).length > 0) return undefined;
  return {
    kind: 'cluster',
    nodes: nodesOf(parts, REDIS_PORT),
    credentials: credentialsOf(parts),
    tls: parts['scheme'] === 'rediss',
  };
}

function queryOf(parts: Parts): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(parts['query']));
}

function credentialsOf(parts: Parts): Credentials {
  const [username = '', ...rest] = (parts['user'] ?? '').split(':');
  const password = rest.join(':');
  return {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
  };
}

/** @throws for an invalid host or port. */
function nodesOf(parts: Parts, port: number): RedisNode[] {
  return (parts['hosts'] ?? '').split(',').map((node) => {
    const url = new URL(`redis://${node}`);
    if (url.hostname === '') throw new TypeError('a host is empty');
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? port : Number(url.port),
    };
  });
}
