import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../support/postgres.js';

/**
 * Crashes a Postgres of one's own: at the kill of a backend the server cuts all connections, recovers and starts anew.
 * Resolves when it is back.
 */
export async function crashPostgres(url: string): Promise<void> {
  await withClient(url, async (client) => {
    client.on('error', () => {});
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const [row] = rows;
    if (row) process.kill(row.pid, 'SIGKILL');
    await client.query('select pg_sleep(10)');
  }).catch(() => {});
  while (!(await answers(url))) await sleep(50);
}

async function answers(url: string): Promise<boolean> {
  return withClient(url, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );
}
