import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinaries } from '../../src/adapters/postgres/embedded/binaries.js';
import { type Cluster, openCluster, SUPERUSER } from '../../src/adapters/postgres/embedded/cluster.js';
import { type Server, startServer, stopServer } from '../../src/adapters/postgres/embedded/server.js';
import { pickServerUser } from '../../src/adapters/postgres/embedded/server-user.js';
import { migrate } from '../../src/adapters/postgres/migrate.js';
import { withClient } from './postgres.js';
import { type SwitchedProxy, startSwitchedProxy } from './switched-proxy.js';

/** A primary with a synchronous standby, behind an address that moves with a failover. */
export interface PostgresPair {
  /** The address that clients use. It leads to the primary until `failOver`. */
  readonly url: string;
  /** Kills the primary. The address leads to the standby, which still refuses writes. */
  failOver(): Promise<void>;
  /** The standby takes writes from now on. */
  promote(): Promise<void>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export async function startPostgresPair(): Promise<PostgresPair> {
  const directory = mkdtempSync(join(tmpdir(), 'veda-pair-'));
  // The server does not run as root, and its user must be able to enter.
  chmodSync(directory, 0o755);
  const user = await pickServerUser();
  const binaries = await findBinaries(user, [directory]);
  const place = { dataDir: directory, sharedDir: directory, user };
  const primary = await openCluster(place, binaries.initdb);
  const urlAt = (port: number): string =>
    `postgres://${SUPERUSER}:${primary.password}@127.0.0.1:${port}/postgres`;
  const start = (cluster: Cluster, settings: Record<string, string>): Promise<Server> =>
    startServer(cluster, binaries.postgres, user, { fsync: 'off', max_connections: 200, ...settings });

  const first = await start(primary, {});
  await migrate(urlAt(first.port));
  await stopServer(first, primary);

  // A cold copy of the primary becomes the standby.
  const standby = { ...primary, data: `${primary.data}-standby`, log: `${primary.log}-standby` };
  execFileSync('cp', ['-a', primary.data, standby.data]);
  const signal = join(standby.data, 'standby.signal');
  writeFileSync(signal, '');
  if (user) chownSync(signal, user.uid, user.gid);

  const running = await start(primary, {});
  const copy = await start(standby, {
    primary_conninfo: `host=127.0.0.1 port=${running.port} user=${SUPERUSER} password=${primary.password}`,
  });
  // Synchronous, so that nothing that was acknowledged is lost with the primary.
  await withClient(urlAt(running.port), async (client) => {
    for (;;) {
      const { rows } = await client.query(`select 1 from pg_stat_replication where state = 'streaming'`);
      if (rows.length > 0) break;
      await sleep(50);
    }
    await client.query(`alter system set synchronous_standby_names = '*'`);
    await client.query('select pg_reload_conf()');
  });
  const proxy: SwitchedProxy = await startSwitchedProxy(running.port);
  let current = running.port;
  return {
    url: urlAt(proxy.port),
    failOver: async () => {
      process.kill(running.pid, 'SIGQUIT');
      current = copy.port;
      proxy.leadTo(copy.port);
    },
    promote: async () => {
      await withClient(urlAt(copy.port), async (client) => {
        await client.query(`alter system set synchronous_standby_names = ''`);
        await client.query('select pg_promote(true, 60)');
      });
    },
    query: async (sql) => {
      let found: Record<string, unknown>[] = [];
      await withClient(urlAt(current), async (client) => {
        found = (await client.query(sql)).rows;
      });
      return found;
    },
    stop: async () => {
      await proxy.stop();
      await stopServer(copy, standby);
      await stopServer(running, primary);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
