import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createEmptyDatabase, withClient } from './support/postgres.js';

describe('npm run migrate', () => {
  it('brings the database up to date and ends', async () => {
    const database = await createEmptyDatabase();
    expect(await migrate({ DATABASE_URL: database.url })).toMatchObject({ code: 0, stderr: '' });
    await withClient(database.url, async (client) => {
      const { rowCount } = await client.query('select from conversations');
      expect(rowCount).toBe(0);
    });
    await database.drop();
  });

  it('does the same to the embedded database, and stops it', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'veda-migrate-'));
    await chmod(dataDir, 0o755);
    expect(await migrate({ DATA_DIR: dataDir })).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(join(dataDir, 'postgres', 'data'))).not.toContain('postmaster.pid');
    await rm(dataDir, { recursive: true });
  });

  it.each([
    [{ DATABASE_URL: 'mysql://x' }, /^DATABASE_URL must be .*\n$/],
    [
      { DATABASE_URL: 'postgres://veda:canary@127.0.0.1:1/veda' },
      /^the migration failed \(ECONNREFUSED\)\n$/,
    ],
  ])('fails with one line', async (env, line) => {
    const { code, stdout, stderr } = await migrate(env);
    expect(code).toBe(1);
    expect(stderr).toMatch(line);
    expect(stdout + stderr).not.toContain('canary');
  });
});

async function migrate(
  env: Record<string, string>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/migrate.ts'], {
    cwd: join(import.meta.dirname, '..'),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await exited, stdout, stderr };
}
