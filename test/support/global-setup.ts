import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

declare global {
  var testPostgres: ChildProcess | undefined;
}

/** Starts the PostgreSQL of this run; its address goes to the tests as VEDA_TEST_POSTGRES. */
export default async function globalSetup(): Promise<void> {
  const server = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'postgres-server.ts')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  globalThis.testPostgres = server;
  const address = once(server.stdout, 'data').then(([line]) => String(line).trim());
  const failure = once(server, 'exit').then(() => undefined);
  const url = await Promise.race([address, failure]);
  if (!url) throw new Error('the PostgreSQL for the tests did not start (see above)');
  process.env['VEDA_TEST_POSTGRES'] = url;
}
