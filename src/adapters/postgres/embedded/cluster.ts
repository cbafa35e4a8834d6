import { randomBytes } from 'node:crypto';
import {
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../../../start-error.js';
import { runAs, type ServerUser } from './server-user.js';

/** A cluster's files. */
export interface Cluster {
  /** PostgreSQL's own folder. */
  readonly data: string;
  /** What the server says. */
  readonly log: string;
  /** Of the superuser `SUPERUSER`. */
  readonly password: string;
}

export const SUPERUSER = 'veda';

export interface Place {
  readonly dataDir: string;
  /** For a cluster whose user may not enter `dataDir`. */
  readonly sharedDir: string;
  readonly user: ServerUser | undefined;
}

/** Opens the cluster under `dataDir`, and makes one if there is none. Safe in several processes at once. */
export async function openCluster(at: Place, initdb: string): Promise<Cluster> {
  const place = join(at.dataDir, 'postgres');
  await mkdir(at.dataDir, { recursive: true });
  if (!(await isThere(place))) await makeCluster(place, at, initdb);
  // The real path: the link may lie where only root may enter.
  const home = await realpath(place).catch((cause: unknown) => {
    throw new StartError(`the database behind ${place} is gone: remove ${place} to start anew`, { cause });
  });
  return {
    data: join(home, 'data'),
    log: join(home, 'server.log'),
    password: await readFile(join(home, 'password'), 'utf8'),
  };
}

/** Whole or not at all: it is made beside its place and moved there, and whoever moves first wins. */
async function makeCluster(
  place: string,
  { dataDir, sharedDir, user }: Place,
  initdb: string,
): Promise<void> {
  const within = await mayEnter(user, dataDir);
  if (!within) await mkdir(sharedDir, { recursive: true, mode: 0o755 }).catch(refuse(dataDir));
  const home = await mkdtemp(join(within ? dataDir : sharedDir, 'postgres-'));
  try {
    await initialize(home, initdb, user);
    await (within ? rename(home, place) : symlink(home, place));
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    if (!(await isThere(place))) throw error;
  }
}

function refuse(dataDir: string): (cause: unknown) => never {
  return (cause) => {
    throw new StartError(
      `DATA_DIR ${dataDir} can be entered by root only, and PostgreSQL does not run as root`,
      {
        cause,
      },
    );
  };
}

async function initialize(home: string, initdb: string, user: ServerUser | undefined): Promise<void> {
  const password = join(home, 'password');
  await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (user) {
    await chown(password, user.uid, user.gid);
    await chown(home, user.uid, user.gid);
  }
  // Unsynced: a crash of the machine within this second loses a database in which nothing is yet.
  const options = [
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C',
    '--auth=scram-sha-256',
    `--username=${SUPERUSER}`,
  ];
  await runAs(user, initdb, [...options, `--pwfile=${password}`, '-D', join(home, 'data')]);
}

function mayEnter(user: ServerUser | undefined, folder: string): Promise<boolean> {
  return runAs(user, '/bin/sh', ['-c', 'cd "$0"', folder]).then(
    () => true,
    () => false,
  );
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
