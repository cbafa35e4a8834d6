import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../src/adapters/postgres/embedded.js';
import type { Lifecycle } from '../src/lifecycle.js';
import type { Script } from '../test/doubles/ollama/script.js';
import { startProcess } from './systems/process.js';

/** The servers that all systems share: PostgreSQL with durable commits, and a double of Ollama. */
export interface Servers {
  readonly databaseUrl: string;
  readonly postgresPid: number;
  readonly ollamaUrl: string;
  readonly doublePid: number;
  /** Sets how the double answers every request from now on. */
  script(script: Script): Promise<void>;
}

/** `lifecycle` stops them. */
export async function startServers(lifecycle: Lifecycle): Promise<Servers> {
  const dataDir = await mkdtemp(join(tmpdir(), 'veda-bench-'));
  // PostgreSQL does not run as root, and its user must be able to enter the directory.
  await chmod(dataDir, 0o711);
  lifecycle.onStop(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ dataDir });
  lifecycle.onStop(() => postgres.stop());
  const double = await startProcess(
    ['--import', 'tsx', join(import.meta.dirname, '../test/doubles/ollama/cli.ts'), '--port', '0'],
    { cwd: process.cwd(), env: { OLLAMA_NUM_PARALLEL: '1000' }, readyMessage: 'listening' },
  );
  lifecycle.onStop(() => double.stop());
  const ollamaUrl = String(double.ready['url']);
  return {
    databaseUrl: postgres.url,
    postgresPid: await postmasterOf(postgres.url),
    ollamaUrl,
    doublePid: double.pid,
    script: async (script) => {
      const response = await fetch(`${ollamaUrl}/__double/script?default`, {
        method: 'POST',
        body: JSON.stringify(script),
      });
      if (!response.ok) throw new Error(await response.text());
    },
  };
}

/** The parent of a backend is the server's main process. */
async function postmasterOf(url: string): Promise<number> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${rows[0]?.pid}/status`, 'utf8'))?.[1]);
  } finally {
    await client.end();
  }
}
