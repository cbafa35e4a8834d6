import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { Knex } from 'knex';
import knex from 'knex';

/** Longer than any statement takes; a stuck one must not hold its connection for ever. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** A transaction whose process hangs would keep its row locks, and everybody else's turn with them. */
const IDLE_IN_TRANSACTION_MS = 15_000;
/**
 * A connection over which nothing has come for longer than any statement takes is dead, or of no use: where packets are
 * swallowed, TCP finds out after a quarter of an hour.
 */
const SILENCE_MS = STATEMENT_TIMEOUT_MS + 5000;
/** How long a request waits for a free connection before it fails. */
const ACQUIRE_TIMEOUT_MS = 5_000;

/** knex would write to stdout, between the log's lines; what goes wrong reaches whoever asked, as an error. */
const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} };

/** How soon the server ends the statement of a client that is gone, in ms. */
const GONE_MS = 2000;

/** What is of interest here of pg's client. */
interface PgConnection {
  readonly connection: EventEmitter & { readonly stream: Socket };
  query(sql: string): Promise<unknown>;
  on(event: 'end', listener: () => void): unknown;
  /** knex looks at it before it gives a connection out, and replaces one that has it. */
  __knex__disposed?: unknown;
}

/** A write to a standby: it was the primary before a failover, or the address led there in the meantime. */
const READ_ONLY = '25006';

export interface DatabaseOptions {
  /** Connections at the most, of this process. */
  readonly poolMax: number;
  /** As `pg_stat_activity` shows it. */
  readonly applicationName?: string;
  /** How long a connection may be silent before it is given up, in ms; 20 s when absent. */
  readonly silenceMs?: number;
  /** How long a statement may take, in ms; 15 s when absent. */
  readonly statementMs?: number;
}

/** Connects when first used. Whoever connects calls `destroy()` at the end. */
export function connectDatabase(url: string, options: DatabaseOptions): Knex {
  const connections = new Set<PgConnection>();
  return knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: options.applicationName ?? 'veda-gateway',
      connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      keepAlive: true,
    },
    // No minimum: connections that a restart of the server has killed are not kept for the next request to fail on.
    pool: {
      min: 0,
      max: options.poolMax,
      afterCreate: callbackify(async (connection: PgConnection) => {
        connections.add(connection);
        connection.on('end', () => connections.delete(connection));
        replaceWhenReadOnly(connection, connections);
        const { stream } = connection.connection;
        stream.setTimeout(options.silenceMs ?? SILENCE_MS, () => stream.destroy());
        await prepare(connection, options.statementMs ?? STATEMENT_TIMEOUT_MS);
      }),
    },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    // Otherwise an error's message quotes the values, and with them what people wrote.
    compileSqlOnError: false,
    log: SILENT,
  });
}

/** By statements, because PgBouncer refuses connections that ask for these settings as they start. */
async function prepare(connection: PgConnection, statementMs: number): Promise<void> {
  await connection.query(
    `select set_config('statement_timeout', '${statementMs}', false),
       set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_MS}', false)`,
  );
  // Without this setting a statement goes on when its client has disconnected. Servers on some platforms do not have it.
  await connection
    .query(`select set_config('client_connection_check_interval', '${GONE_MS}', false)`)
    .catch(ignoreUnknownSetting);
}

/** Codes of a setting that is not known, or cannot be had. */
const NO_SUCH_SETTING = ['42704', '22023'];

function ignoreUnknownSetting(error: unknown): void {
  if (!NO_SUCH_SETTING.includes(String((error as { code?: unknown }).code))) throw error;
}

/** All that are open, because they were made together: otherwise each would fail somebody before it is replaced. */
function replaceWhenReadOnly({ connection }: PgConnection, all: ReadonlySet<PgConnection>): void {
  connection.on('errorMessage', ({ code }: { code?: string }) => {
    if (code !== READ_ONLY) return;
    for (const each of all) each.__knex__disposed = 'the server is read-only';
  });
}

/** @throws when the server cannot be written to now: it is down, or a standby. Writes nothing. */
export async function checkWritable(database: Knex): Promise<void> {
  await database.raw('select from users where false for key share');
}
