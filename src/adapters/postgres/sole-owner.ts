import { Client } from 'pg';
import { StartError } from '../../start-error.js';

/** Any number will do; the same in every release. */
const SOLE_PROCESS_LOCK = 7_303_016;

/**
 * Makes sure that no other process without Redis uses this database: each would have logs that the other cannot see. The
 * lock lasts as long as the connection; returns what ends it.
 * @throws StartError when somebody else has it
 */
export async function ownDatabase(url: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url, keepAlive: true });
  // Without a listener, the end of this connection would be the end of the process.
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    SOLE_PROCESS_LOCK,
  ]);
  if (rows[0]?.locked) return () => client.end();
  await client.end();
  throw new StartError('another process without REDIS_URL uses this database: set REDIS_URL to run several');
}
