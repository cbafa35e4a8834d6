import type { Knex } from 'knex';
import { StartError } from '../../start-error.js';
import { migrations } from './migrate.js';

/** @throws StartError when the database is older than this release. */
export async function requireMigrated(database: Knex): Promise<void> {
  const [, pending] = (await database.migrate.list(migrations)) as [unknown[], unknown[]];
  if (pending.length > 0) throw new StartError('the database is not up to date: run npm run migrate');
}
