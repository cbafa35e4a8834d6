import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Client } from 'pg';
import { isUnavailable } from '../../kernel/errors.js';

interface Statement {
  readonly name: string;
  readonly text: string;
}

const statements = new Map<string, Statement>();

/** The errors of statements that were sent. Those of a connection that could not be had are not here. */
const sent = new WeakSet<object>();

/**
 * Runs SQL and returns its rows, on a connection of the pool or of the transaction.
 *
 * It passes by knex's query builder, which costs as much per statement as the driver does. And each connection keeps the
 * statement under a name and parses and plans it once, which was half of all that PostgreSQL did for a message. A pooler in
 * between must know prepared statements (PgBouncer does from 1.21 on).
 *
 * @param sql with a `?` for each value; it has no other question marks
 */
export async function rows<Row>(database: Knex, sql: string, values: readonly unknown[]): Promise<Row[]> {
  const client: ConnectionSource = database.client;
  const connection = await client.acquireConnection();
  try {
    const result = await connection.query({ ...statementOf(sql), values: [...values] });
    return result.rows as Row[];
  } catch (error) {
    sent.add(error as object);
    throw error;
  } finally {
    await client.releaseConnection(connection);
  }
}

/**
 * Whether the statement that failed with this error may have been executed: it was sent, and the reply was lost. Where the
 * server itself refused the statement (an error of severity ERROR) it has changed nothing; nor has one on a connection that
 * was found closed.
 */
export function mayHaveCommitted(error: unknown): boolean {
  const { severity, message } = error as { severity?: unknown; message?: unknown };
  if (severity === 'ERROR' || String(message).endsWith('is not queryable')) return false;
  return isUnavailable(error) && sent.has(error as object);
}

/** What is used of knex's client. */
interface ConnectionSource {
  acquireConnection(): Promise<Client>;
  releaseConnection(connection: Client): Promise<void>;
}

/** Named by its text; the name is shorter than PostgreSQL's limit of 63 bytes. */
function statementOf(sql: string): Statement {
  const known = statements.get(sql);
  if (known) return known;
  let values = 0;
  const statement = {
    name: createHash('sha256').update(sql).digest('base64url'),
    text: sql.replaceAll('?', () => `$${++values}`),
  };
  statements.set(sql, statement);
  return statement;
}
