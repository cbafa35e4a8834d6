import type { Knex } from 'knex';
import { connectDatabase } from '../../../adapters/postgres/database.js';
import { migrations } from '../../../adapters/postgres/migrate.js';
import type { Check } from '../check.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { codeOf } from '../gateway.js';
import { clockFinding } from './clock.js';

export interface PostgresContext {
  readonly databaseUrl: string;
}

const OLDEST = 14;
/** Connections that one process of the gateway may open. */
const PER_PROCESS = 20;
const NEARLY_FULL = 0.8;

interface PostgresStatus {
  readonly version: string;
  readonly number: number;
  readonly now: Date;
  readonly replica: boolean;
  readonly max: number;
  readonly used: number;
}

/** Whether Postgres answers, takes writes, is migrated and has connections left. */
export const postgres: Check<PostgresContext> = {
  about: 'postgres',
  async run({ databaseUrl }) {
    const database = connectDatabase(databaseUrl, { poolMax: 1, applicationName: 'veda-gateway doctor' });
    try {
      const asked = Date.now();
      const status = await statusOf(database);
      const ahead = (status.now.getTime() - (asked + Date.now()) / 2) / 1000;
      return [
        version(status),
        ...writable(status),
        await upToDate(database),
        connections(status),
        { ...clockFinding('its clock', ahead), about: 'postgres' },
      ];
    } catch (error) {
      const advice = 'look at DATABASE_URL: host, port, user, password, database, sslmode';
      return [fail('postgres', `cannot be asked (${codeOf(error)})`, advice)];
    } finally {
      await database.destroy();
    }
  },
};

async function statusOf(database: Knex): Promise<PostgresStatus> {
  const { rows } = await database.raw<{ rows: [PostgresStatus] }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
       clock_timestamp() as now, pg_is_in_recovery() as replica, current_setting('max_connections')::int as max,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`,
  );
  return rows[0];
}

function version({ version, number }: PostgresStatus): Finding {
  if (number >= OLDEST * 10_000) return ok('postgres', `answers, version ${version}`);
  return fail('postgres', `version ${version} is too old`, `use ${OLDEST} or later`);
}

function writable({ replica }: PostgresStatus): Finding[] {
  if (!replica) return [];
  return [fail('postgres', 'it is a replica, which takes no writes', 'let DATABASE_URL lead to the primary')];
}

async function upToDate(database: Knex): Promise<Finding> {
  const [done, pending] = (await database.migrate.list(migrations)) as [unknown[], unknown[]];
  if (pending.length === 0) return ok('postgres', `up to date (${done.length} migrations)`);
  return fail('postgres', `${pending.length} migrations are missing`, 'run npm run migrate');
}

function connections({ used, max }: PostgresStatus): Finding {
  const finding = `${used} of ${max} connections in use; a process opens up to ${PER_PROCESS}`;
  if (used < max * NEARLY_FULL) return ok('postgres', finding);
  return warn('postgres', finding, 'raise max_connections, or run fewer processes');
}
