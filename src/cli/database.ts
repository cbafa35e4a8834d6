import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { connectDatabase } from '../adapters/postgres/database.js';
import { startEmbeddedPostgres } from '../adapters/postgres/embedded.js';
import { migrate } from '../adapters/postgres/migrate.js';
import { requireMigrated } from '../adapters/postgres/migrated.js';
import { parseDatabaseConfig } from '../config.js';
import type { Lifecycle } from '../lifecycle.js';
import { CliError } from './exit.js';

/**
 * The database of the gateway whose environment this is. Without `DATABASE_URL` the embedded one is started, which only works
 * while the gateway does not run.
 * @throws CliError or StartError when there is none, or it is not up to date.
 */
export async function openDatabase(env: NodeJS.ProcessEnv, lifecycle: Lifecycle): Promise<Knex> {
  const { databaseUrl, dataDir } = parseDatabaseConfig(env);
  const url = databaseUrl ?? (await startEmbedded(dataDir, lifecycle));
  const database = connectDatabase(url, { poolMax: 2, applicationName: 'veda-gateway cli' });
  lifecycle.onStop(() => database.destroy());
  await requireMigrated(database);
  return database;
}

async function startEmbedded(dataDir: string, lifecycle: Lifecycle): Promise<string> {
  if (!existsSync(join(dataDir, 'postgres'))) {
    throw new CliError(`no database: DATABASE_URL is not set, and there is none under DATA_DIR (${dataDir})`);
  }
  const postgres = await startEmbeddedPostgres({ dataDir });
  lifecycle.onStop(() => postgres.stop());
  await migrate(postgres.url);
  return postgres.url;
}
