import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/adapters/postgres/embedded.js';
import { migrate } from '../../src/adapters/postgres/migrate.js';
import { TEMPLATE, urlOfDatabase, withClient } from './postgres.js';

/**
 * One server for a whole run, in a process of its own: it ends when its standard input does, so also when the run is
 * killed. Prints its address once the template database is migrated.
 */
// Ctrl-C reaches the whole group of processes; the run itself says when it is over.
process.on('SIGINT', () => undefined);

const dataDir = await mkdtemp(join(tmpdir(), 'veda-test-'));
// Open to the user that runs the server, which would else keep its cluster where nobody removes it.
await chmod(dataDir, 0o755);
const over = new Promise((resolve) => process.stdin.once('close', resolve).resume());

const postgres = await startEmbeddedPostgres({
  dataDir,
  settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: 300 },
});
try {
  await withClient(postgres.url, (client) => client.query(`create database ${TEMPLATE}`));
  await migrate(urlOfDatabase(postgres.url, TEMPLATE));
  process.stdout.write(`${postgres.url}\n`);
  await over;
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
