import type { Knex } from 'knex';
import { rows } from './rows.js';

/** Answers that nobody makes now. */
export interface Waiting {
  readonly count: number;
  /** How long ago the oldest of them was accepted, in seconds; 0 when none waits. */
  readonly oldestSeconds: number;
}

/** What waits in the whole deployment, by Postgres' clock. */
export async function readWaiting(database: Knex): Promise<Waiting> {
  const [row] = await rows<{ count: number; oldest: number }>(
    database,
    `select count(*)::int as count,
       coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest
     from generations where ended_at is null and worker is null`,
    [],
  );
  return { count: row?.count ?? 0, oldestSeconds: Math.max(0, row?.oldest ?? 0) };
}
