import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, type RedisServer, spawnRedis, startRedis } from './redis.js';
import { all } from './redis-cluster.js';

/** A master and its replica under three sentinels, of the test's own. */
export interface SentinelServers {
  readonly url: string;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  killAll(): Promise<void>;
  stop(): Promise<void>;
}

const SENTINELS = 3;
const NAME = 'mymaster';

export async function startSentinels(): Promise<SentinelServers> {
  const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
  const directory = await mkdtemp(join(tmpdir(), 'veda-sentinel-'));
  const ports = await Promise.all(Array.from({ length: SENTINELS }, freePort));
  const sentinels: ChildProcess[] = [];
  for (const port of ports) {
    const file = join(directory, `${port}.conf`);
    await writeFile(file, configuration(port, directory, master.port));
    sentinels.push(await spawnRedis([file, '--sentinel'], `+monitor master ${NAME}`));
  }
  await all(ports, agrees);

  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    master,
    replica,
    killAll: async () => {
      await Promise.all([...sentinels.map(kill), master.kill(), replica.kill()]);
    },
    stop: async () => {
      await Promise.all(sentinels.map(kill));
      await Promise.all([master.stop(), replica.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configuration(port: number, directory: string, master: number): string {
  return `
    port ${port}
    bind 127.0.0.1
    dir ${directory}
    sentinel monitor ${NAME} 127.0.0.1 ${master} 2
    sentinel down-after-milliseconds ${NAME} 500
    sentinel failover-timeout ${NAME} 3000
  `;
}

/** Whether a sentinel knows of the others and of the replica: before that there is no failover. */
async function agrees(port: number): Promise<boolean> {
  const sentinel = new Redis({ port, enableReadyCheck: false });
  try {
    const [others, replicas] = await Promise.all(
      ['SENTINELS', 'REPLICAS'].map((what) => sentinel.call('SENTINEL', what, NAME)),
    );
    return (others as unknown[]).length === SENTINELS - 1 && (replicas as unknown[]).length === 1;
  } finally {
    sentinel.disconnect();
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
