import { createHash } from 'node:crypto';
import type { Knex } from 'knex';

const names = new Map<string, string>();

/**
 * Runs SQL and returns its rows. Each connection keeps the statement under a name and parses and plans it once, not with
 * every call, which was half of all that PostgreSQL did for a message. A pooler in between must know prepared statements
 * (PgBouncer does from 1.21 on).
 */
export async function rows<Row>(database: Knex, sql: string, bindings: Knex.RawBinding[]): Promise<Row[]> {
  const result: { rows: Row[] } = await database.raw(sql, bindings).options({ name: nameOf(sql) });
  return result.rows;
}

/** One for each text; shorter than PostgreSQL's limit of 63 bytes. */
function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(sql).digest('base64url');
  names.set(sql, name);
  return name;
}
