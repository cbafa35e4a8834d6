import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { startEmbeddedPostgres } from '../src/adapters/postgres/embedded.js';
import { migrate } from '../src/adapters/postgres/migrate.js';
import type { Lifecycle } from '../src/lifecycle.js';
import type { Script } from '../test/doubles/ollama/script.js';
import { Person } from '../test/support/client.js';
import { Product } from '../test/support/product.js';
import { startRedis } from '../test/support/redis.js';
import { SECRET } from '../test/support/token.js';

/** One gateway and one worker, each a process, over Redis, PostgreSQL and a double of Ollama that are processes too. */
export interface Stage {
  /** Address of the double, and of the gateway. */
  readonly ollama: string;
  readonly gateway: string;
  readonly person: Person;
  readonly redis: Redis;
  /** Of another Redis, which nobody uses. */
  readonly quietRedisUrl: string;
  /** Process ids by name. */
  readonly pids: Readonly<Record<'gateway' | 'worker' | 'Redis' | 'double' | 'bench', number>>;
}

/** Everything is ended by `lifecycle`. */
export async function setStage(lifecycle: Lifecycle): Promise<Stage> {
  const server = await startRedis();
  lifecycle.onStop(() => server.stop());
  const quiet = await startRedis();
  lifecycle.onStop(() => quiet.stop());
  const redis = new Redis(server.url);
  lifecycle.onStop(async () => redis.disconnect());
  const databaseUrl = await startDatabase(lifecycle);
  const double = await startDouble(lifecycle);

  const common = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: server.url,
    JWT_SECRET: SECRET,
    LLM_PROVIDER: 'ollama',
    OLLAMA_HOST: double.url,
    // One answer stands still while it is resumed again and again.
    LLM_IDLE_SECONDS: '600',
    RATE_LIMIT_MESSAGES_PER_MINUTE: '0',
    WORKER_CONCURRENCY: '1000',
    DRAIN_SECONDS: '0',
  };
  lifecycle.onStop(() => Product.killAll());
  const [gateway, worker] = await Promise.all(
    ['gateway', 'worker'].map(async (role) => {
      const product = await Product.start({ ...common, ROLE: role });
      lifecycle.onStop(async () => void (await product.stop()));
      return product;
    }),
  );
  if (!gateway || !worker) throw new Error('no gateway, or no worker');
  return {
    ollama: double.url,
    gateway: gateway.url,
    person: await Person.register(gateway.url),
    redis,
    quietRedisUrl: quiet.url,
    pids: {
      gateway: pidOf(gateway.process),
      worker: pidOf(worker.process),
      Redis: Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]),
      double: double.pid,
      bench: process.pid,
    },
  };
}

/** Has the double answer the next request so, or all from now on. */
export async function script({ ollama }: Stage, script: Script, which: 'next' | 'all'): Promise<void> {
  const path = `/__double/script${which === 'all' ? '?default' : ''}`;
  const response = await fetch(ollama + path, { method: 'POST', body: JSON.stringify(script) });
  if (!response.ok) throw new Error(await response.text());
}

/** As the embedded default has it: durable, unlike the server of the tests. */
async function startDatabase(lifecycle: Lifecycle): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'veda-bench-'));
  // PostgreSQL does not run as root. It may enter, so that the cluster lies within, and goes with it.
  await chmod(dataDir, 0o711);
  lifecycle.onStop(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ dataDir });
  lifecycle.onStop(() => postgres.stop());
  await migrate(postgres.url);
  return postgres.url;
}

async function startDouble(lifecycle: Lifecycle): Promise<{ url: string; pid: number }> {
  const cli = join(import.meta.dirname, '../test/doubles/ollama/cli.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', cli, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  lifecycle.onStop(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { url: (JSON.parse(line) as { url: string }).url, pid: pidOf(child) };
}

function pidOf({ pid }: { pid?: number | undefined }): number {
  if (pid === undefined) throw new Error('a process did not start');
  return pid;
}
