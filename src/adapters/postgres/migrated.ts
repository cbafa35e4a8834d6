import type { Knex } from 'knex';
import { StartError } from '../../start-error.js';
import { migrations } from './migrate.js';
import { startProblem } from './start-problem.js';

/** @throws StartError when the database cannot be used, or is older than this release. */
export async function requireMigrated(database: Knex): Promise<void> {
  const listed = database.migrate.list(migrations).catch((error: unknown) => {
    throw startProblem(error);
  });
  const [, pending] = (await listed) as [unknown[], unknown[]];
  if (pending.length > 0) throw new StartError('the database is not up to date: run npm run migrate');
}
