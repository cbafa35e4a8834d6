import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Who runs the server instead of the user of this process. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, so root picks `postgres`, makes it if need be, or falls back to `nobody`. */
export async function pickServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const user = (await lookUp('postgres')) ?? (await make('postgres')) ?? (await lookUp('nobody'));
  return user ?? { uid: 65_534, gid: 65_534 };
}

/** Runs a program to its end as that user. @throws when it cannot be run or says no. */
export async function runAs(
  user: ServerUser | undefined,
  file: string,
  args: readonly string[],
): Promise<void> {
  // From `/`, because the current directory may be one that the user cannot enter; and without the environment,
  // whose PG* variables would speak to PostgreSQL.
  await execute(file, args, { ...user, cwd: '/', env: CHILD_ENV });
}

export const CHILD_ENV = { LC_ALL: 'C', TZ: 'UTC' };

async function lookUp(name: string): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([execute('id', ['-u', name]), execute('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Not possible on a read-only system, or on one without `useradd`. */
async function make(name: string): Promise<ServerUser | undefined> {
  try {
    await execute('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', name]);
  } catch {
    // Somebody else may have made it at the same moment: look, whatever became of this.
  }
  return lookUp(name);
}
