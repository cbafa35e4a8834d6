import type { Knex } from 'knex';
import knex from 'knex';
import { Client } from 'pg';
import { migrationSource } from './migrations.js';

/** Any number will do; the same in every release. */
const MIGRATION_LOCK = 7_303_015;

/** For knexfile.ts too. An older release finds migrations done that it does not know, and leaves them be. */
export const migrations: Knex.MigratorConfig = { migrationSource, disableMigrationsListValidation: true };

/** Brings the database up to date. Any number of processes may do so at once. */
export async function migrate(url: string): Promise<void> {
  await alone(url, (database) => database.migrate.latest());
}

/** The way back: undoes every migration. */
export async function rollBack(url: string): Promise<void> {
  await alone(url, (database) => database.migrate.rollback(undefined, true));
}

/**
 * Under a lock that ends with its connection. The lock that knex keeps in a table outlives a crash; whoever holds ours
 * knows that nobody else can hold that one, and frees it.
 */
async function alone(url: string, run: (database: Knex) => Promise<unknown>): Promise<void> {
  const lock = new Client(url);
  await lock.connect();
  const database = knex({ client: 'pg', connection: url, migrations, pool: { min: 0, max: 2 } });
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await database.migrate.forceFreeMigrationsLock();
    await run(database);
  } finally {
    await database.destroy();
    await lock.end();
  }
}
