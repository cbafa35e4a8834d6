import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/adapters/postgres/embedded.js';
import { migrate } from '../../src/adapters/postgres/migrate.js';
import type { Lifecycle } from '../../src/lifecycle.js';
import { TEMPLATE, urlOfDatabase, withClient } from '../support/postgres.js';

/**
 * A Postgres that may be crashed, for the databases of this process: what was committed survives a crash of the server,
 * if not one of the machine.
 */
export async function startOwnPostgres(lifecycle: Lifecycle): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'veda-faults-'));
  // The user that runs the server must be able to enter.
  await chmod(dataDir, 0o755);
  lifecycle.onStop(() => rm(dataDir, { recursive: true, force: true }));
  const settings = { fsync: 'off', max_connections: 300 };
  const postgres = await startEmbeddedPostgres({ dataDir, settings });
  lifecycle.onStop(() => postgres.stop());
  await withClient(postgres.url, (client) => client.query(`create database ${TEMPLATE}`));
  await migrate(urlOfDatabase(postgres.url, TEMPLATE));
  process.env['VEDA_TEST_POSTGRES'] = postgres.url;
}
