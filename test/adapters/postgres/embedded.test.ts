import { once } from 'node:events';
import {
  appendFile,
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/adapters/postgres/embedded.js';
import type { Logger } from '../../../src/kernel/logger.js';
import { StartError } from '../../../src/start-error.js';
import { makeClone, spawnOwner } from '../../support/embedded-clone.js';
import { Moment } from '../../support/moment.js';
import { withClient } from '../../support/postgres.js';

const NOBODY = { uid: 65_534, gid: 65_534 };

describe('embedded Postgres', () => {
  let folder: string;
  let dataDir: string;
  let running: EmbeddedPostgres[];

  async function start(log?: Logger): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({
      dataDir,
      sharedDir: join(folder, 'shared'),
      ...(log && { log }),
    });
    running.push(postgres);
    return postgres;
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veda-embedded-'));
    await chmod(folder, 0o755);
    dataDir = join(folder, 'data');
    running = [];
  });

  afterEach(async () => {
    await Promise.all(running.map((postgres) => postgres.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  it('starts PostgreSQL 18 with a database of its own, on loopback, for whoever has the password', async () => {
    const { url } = await start();
    expect(await ask(url, 'show server_version')).toMatch(/^18\./);
    expect(await ask(url, 'select current_database()')).toBe('veda');
    expect(await ask(url, 'show server_encoding')).toBe('UTF8');
    expect(await ask(url, 'show fsync')).toBe('on');
    expect(await ask(url, 'show listen_addresses')).toBe('127.0.0.1');
    await expect(ask(url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toMatchObject({
      code: '28P01',
    });
    expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
  });

  it('keeps what was committed over a restart', async () => {
    const first = await start();
    await ask(first.url, `create table kept as select 'still here' as text`);
    await first.stop();
    const second = await start();
    expect(await ask(second.url, 'select text from kept')).toBe('still here');
  });

  it('is stopped once stop() resolves, and may be stopped twice, with clients connected', async () => {
    const postgres = await start();
    await withClient(postgres.url, async (client) => {
      client.on('error', () => undefined);
      await postgres.stop();
      await postgres.stop();
    });
    await expect(ask(postgres.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await readdir(join(dataDir, 'postgres', 'data'))).not.toContain('postmaster.pid');
  });

  it('refuses a second owner, and leaves the first alone', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(new StartError(`another process is using DATA_DIR ${dataDir}`));
    expect(await ask(first.url, 'select 1')).toBe(1);
  });

  it('has one owner when two start at once in an empty folder', async () => {
    const outcomes = await Promise.allSettled([start(), start()]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await ask(running[0]?.url ?? '', 'select 1')).toBe(1);
    expect(await readdir(dataDir)).toEqual(['postgres']);
  });

  it('starts while the one before is still stopping', async () => {
    const first = await start();
    const stopped = first.stop();
    const second = await start();
    await stopped;
    expect(await ask(second.url, 'select 1')).toBe(1);
  });

  it('starts when the pid of a server that was killed is somebody else by now', async () => {
    const first = await start();
    await ask(first.url, 'create table kept ()');
    const data = join(dataDir, 'postgres', 'data');
    const pidFile = await readFile(join(data, 'postmaster.pid'), 'utf8');
    await first.stop();
    await writeFile(join(data, 'postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)));
    const second = await start();
    expect(await ask(second.url, 'select count(*)::int from kept')).toBe(0);
  });

  it('is started again, with all that was committed and at the same address, when it is killed', async () => {
    const back = new Moment();
    const nothing = () => undefined;
    const info = (event: string) => event === 'embedded postgres back' && back.happen();
    const postgres = await start({ debug: nothing, info, warn: nothing, error: nothing });
    await ask(postgres.url, 'create table kept ()');
    const pid = await serverPid(dataDir);
    process.kill(pid, 'SIGKILL');
    await back.come;
    expect(await ask(postgres.url, 'select count(*)::int from kept')).toBe(0);
    expect(await serverPid(dataDir)).not.toBe(pid);
    await postgres.stop();
    await expect(ask(postgres.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says in one line why the server does not start', async () => {
    await (await start()).stop();
    await appendFile(join(dataDir, 'postgres', 'data', 'postgresql.conf'), 'no_such_setting = 1\n');
    const error: unknown = await start().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StartError);
    expect(String(error)).toMatch(/^StartError: PostgreSQL did not start: .*no_such_setting.*$/);
  });

  it('says so when the cluster behind its link is gone', async () => {
    await mkdir(dataDir);
    await symlink(join(folder, 'gone'), join(dataDir, 'postgres'));
    await expect(start()).rejects.toThrow(/^the database behind .* is gone: remove .* to start anew$/);
  });

  describe('of another process', () => {
    let home: string;
    let clone: string;

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'veda-embedded-'));
      clone = join(home, 'clone');
      await makeClone(clone);
    });

    beforeEach(() => chmod(home, 0o755));

    afterAll(() => rm(home, { recursive: true }));

    it('is adopted after that process was killed, and stopped by its new owner', async () => {
      const owner = await spawnOwner(clone, { dataDir });
      await ask(owner.said, `create table kept as select 'still here' as text`);
      const pid = await serverPid(dataDir);
      owner.process.kill('SIGKILL');
      await once(owner.process, 'exit');

      const adopted = await start();
      expect(adopted.url).toBe(owner.said);
      expect(await serverPid(dataDir)).toBe(pid);
      expect(await ask(adopted.url, 'select text from kept')).toBe('still here');
      await adopted.stop();
      await expect(ask(adopted.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });

    it('outlives a Ctrl-C in the terminal, so that its owner can stop in order', async () => {
      const owner = await spawnOwner(clone, { dataDir });
      const session = (await readFile(`/proc/${await serverPid(dataDir)}/stat`, 'utf8')).split(' ')[5];
      expect(session).toBe(String(await serverPid(dataDir)));
      owner.process.kill('SIGTERM');
      expect(await once(owner.process, 'exit')).toEqual([0, null]);
    });

    if (process.getuid?.() === 0) {
      it('runs in a folder that only root may enter, though no install script has run', async () => {
        await chmod(home, 0o700);
        const inside = join(home, 'data');
        const sharedDir = join(folder, 'shared');
        const owner = await spawnOwner(clone, { dataDir: inside, sharedDir });
        expect(await ask(owner.said, 'select 1')).toBe(1);
        expect((await lstat(join(inside, 'postgres'))).isSymbolicLink()).toBe(true);
        expect(await realpath(join(inside, 'postgres'))).toMatch(`${sharedDir}/postgres-`);
        owner.process.kill('SIGTERM');
        await once(owner.process, 'exit');

        const again = await spawnOwner(clone, { dataDir: inside, sharedDir });
        expect(await ask(again.said, 'select 1')).toBe(1);
        again.process.kill('SIGTERM');
        await once(again.process, 'exit');
      });

      it('runs for a user who may write nowhere but to the data folder', async () => {
        await mkdir(dataDir);
        await chown(dataDir, NOBODY.uid, NOBODY.gid);
        const owner = await spawnOwner(clone, { dataDir }, NOBODY);
        expect(await ask(owner.said, 'select 1')).toBe(1);
        owner.process.kill('SIGTERM');
        await once(owner.process, 'exit');
      });
    }
  });
});

/** The first column of the first row. */
async function ask(url: string, sql: string): Promise<unknown> {
  let answer: unknown;
  await withClient(url, async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    answer = Object.values(rows[0] ?? {})[0];
  });
  return answer;
}

async function serverPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8'), 10);
}
