import type { Socket } from 'node:net';
import type { Knex } from 'knex';
import knex from 'knex';

/** Longer than any statement of ours takes; a stuck one must not hold its connection for ever. */
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

/** What is of interest here of pg's client. */
interface PgConnection {
  readonly connection: { readonly stream: Socket };
}

export interface DatabaseOptions {
  /** Connections at the most, of this process. */
  readonly poolMax: number;
  /** As `pg_stat_activity` shows it. */
  readonly applicationName?: string;
  /** How long a connection may be silent before it is given up, in ms; 20 s when absent. */
  readonly silenceMs?: number;
}

/** Connects when first used. Whoever connects calls `destroy()` at the end. */
export function connectDatabase(url: string, options: DatabaseOptions): Knex {
  return knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: options.applicationName ?? 'veda-gateway',
      connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      keepAlive: true,
    },
    // No minimum: connections that a restart of the server has killed are not kept for the next request to fail on.
    pool: {
      min: 0,
      max: options.poolMax,
      afterCreate: ({ connection: { stream } }: PgConnection, done: () => void) => {
        stream.setTimeout(options.silenceMs ?? SILENCE_MS, () => stream.destroy());
        done();
      },
    },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    // Otherwise an error's message quotes the values, and with them what people wrote.
    compileSqlOnError: false,
    log: SILENT,
  });
}
