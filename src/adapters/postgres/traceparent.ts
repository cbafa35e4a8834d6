import type { Knex } from 'knex';
import { rows } from './rows.js';

/** The trace to which a generation belongs. Undefined where there is none, or it cannot be read now. Never rejects. */
export async function readTraceparent(database: Knex, messageId: string): Promise<string | undefined> {
  const read = rows<{ traceparent: string }>(
    database,
    'select traceparent from generation_traces where generation_id = ?',
    [messageId],
  );
  const [row] = await read.catch(() => []);
  return row?.traceparent;
}
