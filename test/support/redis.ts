import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Where it keeps its files. */
  readonly directory: string;
  /** The process id of the server as it runs now. */
  readonly pid: number;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on the same port: with its data if it persists, empty otherwise. */
  restart(): Promise<void>;
  /** Starts it again as a crash and an old backup leave it: with what its last `SAVE` wrote. */
  restore(): Promise<void>;
  /** Lets it answer nothing while its connections stay open. */
  freeze(): void;
  thaw(): void;
}

export interface RedisServerOptions {
  /** Writes everything to disk at once; nothing is written otherwise. */
  readonly persist?: boolean;
  /** Further arguments of `redis-server`. */
  readonly args?: readonly string[];
}

const PORT_TRIES = 5;

/** What a `SAVE` writes, and a start reads. */
const SNAPSHOT = 'dump.rdb';

/**
 * A Redis of the test's own, on a free port of 127.0.0.1.
 * @throws when there is no `redis-server` to be run.
 */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'veda-redis-'));
  const { port, child } = await onFreePort((port) => run(port, directory, options));
  let server = child;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill(signal);
    await exit;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    directory,
    get pid() {
      return server.pid ?? 0;
    },
    stop: async () => {
      await end('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      if (!options.persist) await rm(join(directory, SNAPSHOT), { force: true });
      server = await run(port, directory, options);
    },
    restore: async () => {
      await end('SIGKILL');
      server = await run(port, directory, options);
    },
    freeze: () => server.kill('SIGSTOP'),
    thaw: () => server.kill('SIGCONT'),
  };
}

/** Another process may take a port between the look and the bind. */
async function onFreePort(
  start: (port: number) => Promise<ChildProcess>,
): Promise<{ port: number; child: ChildProcess }> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    try {
      return { port, child: await start(port) };
    } catch (error) {
      if (tries === PORT_TRIES || !String(error).includes('Address already in use')) throw error;
    }
  }
}

/**
 * Below those that the kernel gives to `listen(0)` and to outgoing connections, from 32768 on. Such a port would be given to
 * another process now and then: between the look and the bind, or while a server is restarted.
 */
const PORTS = [10_100, 32_000] as const;

/** A port of 127.0.0.1 that nobody listens to. Somebody who looks in the same moment finds another one, almost surely. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(...PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, '127.0.0.1');
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}

/** Resolves when it takes connections. */
function run(port: number, directory: string, options: RedisServerOptions): Promise<ChildProcess> {
  const persistence = options.persist
    ? ['--appendonly', 'yes', '--appendfsync', 'always']
    : ['--appendonly', 'no'];
  const where = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory];
  return spawnRedis([...where, '--save', '', ...persistence, ...(options.args ?? [])], 'Ready to accept');
}

/** Resolves when it says `ready`. */
export async function spawnRedis(args: readonly string[], ready: string): Promise<ChildProcess> {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`redis-server cannot be run: ${error.message}`)));
    child.on('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes(ready)) resolve();
    });
  });
  // What it says later is not wanted, but must be read, or it would block.
  child.stdout.removeAllListeners('data').resume();
  return child;
}
