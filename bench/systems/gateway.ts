import { join } from 'node:path';
import { Client } from 'pg';
import { urlOfDatabase } from '../../test/support/postgres.js';
import { startRedis } from '../../test/support/redis.js';
import { SECRET } from '../../test/support/token.js';
import type { Servers } from '../servers.js';
import { connectors } from './gateway-clients.js';
import { startProcess } from './process.js';
import type { System, SystemFactory, Transport } from './system.js';
import { tokensFor } from './users.js';

/** The gateway as its user has it: one gateway and one worker of the built checkout in `directory`. */
export interface GatewaySystem extends System {
  readonly url: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** One access token for each of `count` clients. */
  tokens(count: number): Promise<string[]>;
}

export interface GatewayFactory extends SystemFactory {
  start(): Promise<GatewaySystem>;
}

interface GatewayOptions {
  /** Takes a CPU profile of each process, to be opened in a browser's developer tools. */
  readonly profileDir?: string | undefined;
  /** Further variables of both processes. */
  readonly env?: Readonly<Record<string, string>>;
}

export function gatewaySystem(
  name: string,
  directory: string,
  servers: Servers,
  options: GatewayOptions = {},
): GatewayFactory {
  return { name, start: () => startGateway(name, directory, servers, options) };
}

let databases = 0;

async function startGateway(
  name: string,
  directory: string,
  servers: Servers,
  options: GatewayOptions,
): Promise<GatewaySystem> {
  const { profileDir } = options;
  const redis = await startRedis();
  const databaseUrl = await createDatabase(servers.databaseUrl, `bench_${process.pid}_${databases++}`);
  const env = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    JWT_SECRET: SECRET,
    PORT: '0',
    LLM_PROVIDER: 'ollama',
    OLLAMA_HOST: servers.ollamaUrl,
    // The model double serves any number of answers at once.
    OLLAMA_PARALLEL: '1000',
    LLM_IDLE_SECONDS: '600',
    RATE_LIMIT_MESSAGES_PER_MINUTE: '0',
    WORKER_CONCURRENCY: '1000',
    DRAIN_SECONDS: '0',
    LOG_LEVEL: 'error',
    ...options.env,
  };
  const migrated = await startProcess([join(directory, 'dist/src/migrate.js')], {
    cwd: directory,
    env: { ...env, LOG_LEVEL: 'info' },
    readyMessage: 'migrated',
  });
  await migrated.stop();
  // `listening` and `ready` are lines of level info.
  // V8 writes a profile when the process ends in order.
  const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const start = (role: string, readyMessage: string) =>
    startProcess([...profile, join(directory, 'dist/src/main.js')], {
      cwd: directory,
      env: { ...env, LOG_LEVEL: 'info', ROLE: role },
      readyMessage,
    });
  const [gateway, worker] = await Promise.all([start('gateway', 'listening'), start('worker', 'ready')]);
  const url = `http://127.0.0.1:${String(gateway.ready['port'])}`;
  const tokens = (count: number): Promise<string[]> => tokensFor(databaseUrl, count);
  const open: (() => void)[] = [];
  return {
    name,
    url,
    databaseUrl,
    redisUrl: redis.url,
    pids: { gateway: gateway.pid, worker: worker.pid, redis: redis.pid, postgres: servers.postgresPid },
    tokens,
    connect: async (count: number, transport: Transport) => {
      const connect = connectors[transport];
      const exchanges = [];
      for (const token of await tokens(count)) {
        const { exchange, close } = await connect(url, token);
        exchanges.push(exchange);
        open.push(close);
      }
      return exchanges;
    },
    disconnect: async () => {
      for (const close of open.splice(0)) close();
    },
    stop: async () => {
      const signal = profileDir === undefined ? 'SIGKILL' : 'SIGTERM';
      await Promise.all([gateway.stop(signal), worker.stop(signal)]);
      await redis.stop();
    },
  };
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new Client(serverUrl);
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return urlOfDatabase(serverUrl, name);
}
