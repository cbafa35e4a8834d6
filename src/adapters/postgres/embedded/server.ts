import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../../../start-error.js';
import type { Cluster } from './cluster.js';
import { CHILD_ENV, type ServerUser } from './server-user.js';

/** A server that accepts connections on 127.0.0.1. */
export interface Server {
  readonly pid: number;
  readonly port: number;
}

/** Parameters for the server's command line, by name. */
export type Settings = Readonly<Record<string, number | string>>;

const LOOK_EVERY_MS = 20;
/** Recovery after a crash reads the log of the writes; it is short, since checkpoints are at most 5 minutes apart. */
const READY_WITHIN_MS = 60_000;
/** After this, clients that do not let go are no reason to wait; the next start recovers. */
const FAST_STOP_MS = 10_000;
const LOG_BYTES = 1_048_576;

const OWN_SETTINGS: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // Errors of statements are ours to handle, and would bring values of rows into the log.
  log_min_messages: 'log',
  log_checkpoints: 'off',
};

/** The server that a crashed owner left behind, or one that was started by another process; undefined if none runs. */
export async function findServer({ data }: Cluster): Promise<Server | undefined> {
  for (const deadline = Date.now() + READY_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    const found = await readPidFile(data);
    if (!found) return undefined;
    const owner = await programOf(found.pid);
    if (owner === 'none') return undefined;
    if (owner === 'other') {
      // The number of a dead server was given to somebody else, as happens in containers, and PostgreSQL would refuse.
      await rm(join(data, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (found.ready) return found;
    if (Date.now() > deadline) throw new StartError(`PostgreSQL (pid ${found.pid}) does not become ready`);
  }
}

/**
 * On a free port if none is given.
 * @throws StartError with the end of what the server said.
 */
export async function startServer(
  cluster: Cluster,
  binary: string,
  user: ServerUser | undefined,
  settings: Settings,
  wanted?: number,
): Promise<Server> {
  const port = wanted ?? (await freePort());
  const log = await open(cluster.log, 'a');
  const { size } = await log.stat();
  // Everything is from earlier runs.
  if (size > LOG_BYTES) await log.truncate();
  const from = size > LOG_BYTES ? 0 : size;
  const parameters = Object.entries({ ...OWN_SETTINGS, ...settings, port }).map(
    ([name, value]) => `--${name}=${value}`,
  );
  try {
    const child = spawn(binary, ['-D', cluster.data, ...parameters], {
      ...user,
      cwd: '/',
      env: CHILD_ENV,
      // A session of its own: Ctrl-C in the terminal must not end it before its clients have ended.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.unref();
    const exited = Promise.race([once(child, 'exit'), once(child, 'error')]);
    const pid = await Promise.race([exited.then(() => undefined), ready(cluster, child)]);
    if (pid !== undefined) return { pid, port };
    const said = (await readFile(cluster.log, 'utf8').catch(() => '')).slice(from);
    throw new StartError(`PostgreSQL did not start: ${lastWords(said)}`);
  } finally {
    await log.close();
  }
}

/** Ends the server in order. Its clients are cut off, and what they had committed is on disk. */
export async function stopServer({ pid }: Server, { data }: Cluster): Promise<void> {
  const impatient = Date.now() + FAST_STOP_MS;
  let signal: NodeJS.Signals = 'SIGINT';
  if (!send(pid, signal)) return;
  // The file goes last, when all is written; the process itself may stay as a zombie where nobody reaps it.
  while ((await readPidFile(data))?.pid === pid && send(pid, 0)) {
    await sleep(LOOK_EVERY_MS);
    if (signal === 'SIGINT' && Date.now() > impatient) {
      signal = 'SIGQUIT';
      send(pid, signal);
    }
  }
}

async function ready({ data }: Cluster, child: ChildProcess): Promise<number | undefined> {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(LOOK_EVERY_MS)) {
    if (child.exitCode !== null || child.signalCode !== null) return undefined;
    const found = await readPidFile(data);
    if (found?.pid === child.pid && found?.ready) return found.pid;
  }
  child.kill('SIGQUIT');
  return undefined;
}

/** `postmaster.pid`: pid, folder, time, port, socket folder, address, shared memory and status, each on a line. */
async function readPidFile(data: string): Promise<(Server & { ready: boolean }) | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid, , , port, , , , status] = text.split('\n');
  if (!Number(pid)) return undefined;
  return { pid: Number(pid), port: Number(port), ready: status?.trim() === 'ready' };
}

async function programOf(pid: number): Promise<'none' | 'postgres' | 'other'> {
  if (!send(pid, 0)) return 'none';
  // Without /proc (macOS) a live process is taken for the server.
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'postgres');
  return name.trim() === 'postgres' ? 'postgres' : 'other';
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // EPERM: it lives, and is not ours.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

function lastWords(said: string): string {
  const lines = said.split('\n').filter((line) => line !== '');
  return lines.slice(-3).join(' / ').slice(-500) || 'it said nothing';
}
