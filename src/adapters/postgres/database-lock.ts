import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { StartError } from '../../start-error.js';

/** Any number will do; the same in every release. */
const SOLE_PROCESS_LOCK = 7_303_016;
/** How often a lost lock is asked for again, and for how long another may have it before this process gives way. */
const RETRY_MS = 1000;
const TRIES = 10;

/**
 * Makes sure that no other process without Redis uses this database: neither would see the logs of the other. The lock
 * ends with its connection, and is taken again when the connection is lost. Returns a function that releases the lock.
 * `onTaken` is called when another process took it meanwhile; this process must then end.
 * @throws StartError when another process holds it.
 */
export async function lockDatabase(
  url: string,
  onTaken: (error: StartError) => void,
): Promise<() => Promise<void>> {
  const closed = new AbortController();
  let client = await lock(url);
  if (!client) throw new StartError(TAKEN);

  async function guard(owner: Client): Promise<void> {
    await new Promise((resolve) => owner.once('end', resolve));
    for (let refused = 0; !closed.signal.aborted; ) {
      await sleep(RETRY_MS, undefined, { signal: closed.signal }).catch(() => {});
      const again = closed.signal.aborted ? undefined : await lock(url).catch(() => 'down' as const);
      if (again === 'down') continue;
      if (again) {
        client = again;
        void guard(again);
        return;
      }
      refused += 1;
      if (refused === TRIES) return onTaken(new StartError(TAKEN));
    }
  }

  void guard(client);
  return async () => {
    closed.abort();
    await client?.end();
  };
}

const TAKEN = 'another process without REDIS_URL uses this database: set REDIS_URL to run several';

/** A connection that holds the lock; undefined when another has it. */
async function lock(url: string): Promise<Client | undefined> {
  const client = new Client({ connectionString: url, keepAlive: true });
  // Without a listener, the end of this connection would be the end of the process.
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    SOLE_PROCESS_LOCK,
  ]);
  if (rows[0]?.locked) return client;
  await client.end();
  return undefined;
}
