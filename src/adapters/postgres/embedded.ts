import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from '../../kernel/logger.js';
import { StartError } from '../../start-error.js';
import { findBinaries } from './embedded/binaries.js';
import { type Cluster, openCluster, SUPERUSER } from './embedded/cluster.js';
import { findServer, type Server, type Settings, startServer, stopServer } from './embedded/server.js';
import { pickServerUser } from './embedded/server-user.js';
import { type Owned, supervise } from './embedded/supervisor.js';

export interface EmbeddedPostgres {
  /** Of the database `veda`, with its password. */
  readonly url: string;
  /** Ends the server in order. Idempotent. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** The cluster is `postgres` in it: made when missing, and gone for good when that is deleted. */
  readonly dataDir: string;
  /** Where root puts what another user must reach and cannot, such as a cluster under root's home. */
  readonly sharedDir?: string;
  readonly settings?: Settings;
  readonly log?: Logger;
}

const DATABASE = 'veda';
const SHARED_DIR = '/var/lib/veda-gateway';
/** Held by the one process that owns the server, for as long as it lives. Any number will do. */
const OWNER_LOCK = 7_303_014;
/** How long the server may take to notice that its owner has died. */
const OWNER_GONE_MS = 2_000;
/** Another process may take the port, or start or stop the server, between two looks. */
const TRIES = 3;
const RETRY_AFTER_MS = 200;
const LOOK_EVERY_MS = 50;

/**
 * Starts the PostgreSQL that comes with the npm packages, on loopback and a free port. A server that a crashed
 * process left behind is adopted, and one that dies is started again.
 * @throws StartError when it does not start, or when another process is using this `dataDir`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log } = options;
  const dataDir = resolve(options.dataDir);
  const user = await pickServerUser();
  const sharedDir = options.sharedDir ?? SHARED_DIR;
  const spare = user ? [sharedDir, join(tmpdir(), 'veda-gateway')] : [dataDir];
  const binaries = await findBinaries(user, spare);
  const cluster = await openCluster({ dataDir, sharedDir, user }, binaries.initdb);
  const run = (port?: number) =>
    runOwned(cluster, dataDir, () =>
      startServer(cluster, binaries.postgres, user, options.settings ?? {}, port),
    );
  const first = await run();
  log?.info('embedded postgres started', { port: first.server.port, pid: first.server.pid });

  const end = supervise(first, run, log);
  const stop = async () => {
    const last = await end();
    if (!last) return;
    // The lock goes with the server and not before: a new owner would find a server that is about to end.
    await stopServer(last.server, cluster);
    await last.owner.end();
  };
  let stopped: Promise<void> | undefined;
  return {
    url: urlOf(first.server, cluster, DATABASE),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function runOwned(
  cluster: Cluster,
  dataDir: string,
  start: () => Promise<Server>,
  tries = TRIES,
): Promise<Owned> {
  try {
    const left = await findServer(cluster);
    const server = left ?? (await start());
    return { server, owner: await own(server, cluster) };
  } catch (error) {
    if (error instanceof InUse) throw new StartError(`another process is using DATA_DIR ${dataDir}`);
    if (tries <= 1) throw error;
    await sleep(RETRY_AFTER_MS);
    return runOwned(cluster, dataDir, start, tries - 1);
  }
}

/**
 * The lock belongs to a connection and ends with it, whatever becomes of this process: nothing on disk could say as
 * surely that the owner is alive.
 */
async function own(server: Server, cluster: Cluster): Promise<Client> {
  const owner = new Client(urlOf(server, cluster, 'postgres'));
  owner.on('error', () => undefined);
  await owner.connect();
  try {
    await lock(owner);
    const { rowCount } = await owner.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await owner.query(`create database ${DATABASE}`);
    return owner;
  } catch (error) {
    await owner.end();
    throw error;
  }
}

async function lock(owner: Client): Promise<void> {
  for (const deadline = Date.now() + OWNER_GONE_MS; ; await sleep(LOOK_EVERY_MS)) {
    const { rows } = await owner.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
      OWNER_LOCK,
    ]);
    if (rows[0]?.mine) return;
    if (Date.now() > deadline) throw new InUse();
  }
}

class InUse extends Error {}

function urlOf({ port }: Server, { password }: Cluster, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}
