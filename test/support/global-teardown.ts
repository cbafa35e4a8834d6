import { once } from 'node:events';

/** Ends the PostgreSQL of this run, and waits until it has ended. */
export default async function globalTeardown(): Promise<void> {
  const server = globalThis.testPostgres;
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  server.stdin?.end();
  await once(server, 'exit');
}
