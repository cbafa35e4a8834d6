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
 * Runs migrations under an advisory lock, which ends with its connection. knex also keeps a lock in a table, which a
 * crash leaves locked. Who holds the advisory lock knows that no other process is migrating, and may free knex's lock.
 */
async function alone(url: string, run: (database: Knex) => Promise<unknown>): Promise<void> {
  const lock = new Client(url);
  // Without a listener, the process would crash when this connection is cut. A run that has begun goes on without the lock:
  // its migrations and the rows that record them are one transaction, so a second run at once fails whole.
  lock.on('error', () => {});
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
