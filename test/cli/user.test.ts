import { once } from 'node:events';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { UserEntry } from '../../src/account/ports.js';
import { Cli, type CliResult } from '../support/cli.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { createEmptyDatabase } from '../support/postgres.js';
import { Product } from '../support/product.js';
import { TestSocket } from '../support/socket.js';
import { TypedCli } from '../support/terminal.js';

const PASSWORD = 'correct horse';

let cluster: Cluster;
let url: string;

beforeAll(async () => {
  cluster = await Cluster.start();
  ({ url } = await cluster.all());
});

afterAll(() => cluster.stop());

async function user(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
  const servers = { DATABASE_URL: cluster.database.url, REDIS_URL: cluster.redis.url };
  const cli = new TypedCli(['user', ...args], { ...servers, VEDA_PASSWORD: PASSWORD, ...env });
  return { code: await cli.exit, stdout: cli.stdout, stderr: cli.stderr };
}

async function list(): Promise<UserEntry[]> {
  return JSON.parse((await user(['list', '--json'])).stdout);
}

async function signIn(email: string, password: string): Promise<Person | number> {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) return response.status;
  return new Person(url, ((await response.json()) as { accessToken: string }).accessToken);
}

async function newPerson(email: string): Promise<Person> {
  expect(await user(['add', '--email', email])).toMatchObject({ code: 0 });
  const person = await signIn(email, PASSWORD);
  if (typeof person === 'number') throw new Error(`not signed in: ${person}`);
  return person;
}

test('adds a user who can sign in, as register does', async () => {
  const { code, stdout } = await user(['add', '--email', 'Ada@Example.org', '--name', 'Ada', '--json']);
  expect(code).toBe(0);
  const added = JSON.parse(stdout);
  expect(added).toMatchObject({ email: 'ada@example.org', name: 'Ada' });
  const person = await signIn('ada@example.org', PASSWORD);
  expect((await (person as Person).call('GET', '/api/me')).body).toEqual(added);
  expect(await list()).toContainEqual({
    ...added,
    kind: 'local',
    issuer: null,
    subject: null,
    conversations: 0,
    sessions: 1,
  });
});

test.each([
  [['add', '--email', 'nobody'], {}, 'email: must be an email address'],
  [
    ['add', '--email', 'b@example.org'],
    { VEDA_PASSWORD: 'canary' },
    'password: must have at least 8 characters',
  ],
  [['passwd', 'c@example.org'], {}, 'there is no such user'],
  [['sign-out', 'c@example.org'], {}, 'there is no such user'],
  [['delete', '01a202a0-3ddf-756c-b745-3a097f1b05dc'], {}, 'there is no such user'],
  [
    ['list'],
    { DATABASE_URL: 'postgres://veda:canary@127.0.0.1:9/veda' },
    'at the address of Postgres (ECONNREFUSED)',
  ],
  [['list'], { DATABASE_URL: '', DATA_DIR: '/nonexistent' }, 'no database: DATABASE_URL is not set'],
])('%j with %j is refused in one line', async (args, env, said) => {
  const { code, stdout, stderr } = await user(args, env);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^veda-gateway: .*\n$/);
  expect(stderr).toContain(said);
  expect(stderr).not.toContain('canary');
});

test('an email that is taken is refused', async () => {
  await newPerson('eve@example.org');
  const { code, stderr } = await user(['add', '--email', 'EVE@example.org'], {
    VEDA_PASSWORD: 'another one',
  });
  expect([code, stderr]).toEqual([1, 'veda-gateway: the email is taken\n']);
  expect(await signIn('eve@example.org', 'another one')).toBe(401);
});

test('another password ends all sessions', async () => {
  const person = await newPerson('grace@example.org');
  const { code, stdout } = await user(['passwd', 'grace@example.org'], { VEDA_PASSWORD: 'battery staple' });
  expect([code, stdout]).toEqual([0, 'changed; 1 session ended\n']);
  expect((await person.call('GET', '/api/me')).status).toBe(401);
  expect(await signIn('grace@example.org', PASSWORD)).toBe(401);
  expect(await signIn('grace@example.org', 'battery staple')).toBeInstanceOf(Person);
});

test('signing out ends open streams', async () => {
  const person = await newPerson('joan@example.org');
  const socket = await TestSocket.open(person, await person.newConversation());
  expect(await user(['sign-out', 'joan@example.org'])).toMatchObject({
    code: 0,
    stdout: '1 session ended\n',
  });
  expect(await socket.closed).toMatchObject({ code: 4001 });
});

test('an export is the document that the user gets, too', async () => {
  const person = await newPerson('emmy@example.org');
  const conversation = await person.newConversation();
  await person.chat(conversation, 'What helps?');
  const { code, stdout } = await user(['export', 'emmy@example.org']);
  expect(code).toBe(0);
  const own = (await person.call('GET', '/api/me/export')).body;
  expect({ ...JSON.parse(stdout), exportedAt: '' }).toEqual({ ...own, exportedAt: '' });
  expect(own.conversations[0].messages).toHaveLength(2);
  expect(await user(['export', 'nobody@example.org'])).toMatchObject({ code: 1, stdout: '' });
});

test('removing a user stops the running answer and erases everything of the user', async () => {
  cluster.ollama.script({ text: ['Drink ', 'water.'], fault: 'stall', after: 1 });
  const person = await newPerson('mary@example.org');
  const conversation = await person.newConversation();
  const socket = await TestSocket.open(person, conversation);
  socket.say({ type: 'message', text: 'What helps?' });
  const { messageId } = await socket.next('chunk');
  const redis = new Redis(cluster.redis.url);
  expect(await redis.exists(`veda:{${conversation}}:${messageId}:text`)).toBe(1);

  expect(await user(['delete', 'mary@example.org'])).toMatchObject({
    code: 0,
    stdout: 'deleted, with 1 answer\n',
  });
  expect(await redis.keys(`veda:{${conversation}}*`)).toEqual([]);
  redis.disconnect();
  await once(redis, 'end');
  // The worker has noticed, too.
  while (cluster.ollama.running().length > 0) await new Promise(setImmediate);
  expect([4001, 4003]).toContain((await socket.closed).code);
  expect(await signIn('mary@example.org', PASSWORD)).toBe(401);
  expect((await list()).map(({ email }) => email)).not.toContain('mary@example.org');
});

test('a user is removed while Redis is not reached, and the command says so', async () => {
  const person = await newPerson('ruth@example.org');
  await person.chat(await person.newConversation(), 'What helps?');
  const { code, stdout } = await user(['remove', 'ruth@example.org'], { REDIS_URL: 'redis://127.0.0.1:9' });
  expect([code, stdout]).toEqual([
    0,
    'deleted, with 1 answer; Redis was not reached: a worker erases the text of recent answers there when it is back\n',
  ]);
  expect(await signIn('ruth@example.org', PASSWORD)).toBe(401);
});

test('the list is a table, and no name can break it', async () => {
  await user(['add', '--email', 'mallory@example.org', '--name', 'Mal\u001b[2Jlory']);
  const { stdout } = await user(['list']);
  expect(stdout).toMatch(/^ID +KIND +WHO +NAME +SINCE +CONVERSATIONS +SESSIONS\n/);
  expect(stdout).toMatch(
    /^[\da-f-]{36} {2}local +mallory@example\.org +Mal�\[2Jlory +\d{4}-\d\d-\d\d +0 +0$/m,
  );
});

test('a database that is not migrated is not changed', async () => {
  const database = await createEmptyDatabase();
  const { code, stderr } = await user(['list'], { DATABASE_URL: database.url });
  expect([code, stderr]).toEqual([1, 'veda-gateway: the database is not up to date: run npm run migrate\n']);
  await database.drop();
});

describe('of the embedded database', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'veda-cli-'));
  });

  afterAll(async () => {
    await Product.killAll();
    // As root, the cluster is elsewhere.
    await rm(await realpath(join(dataDir, 'postgres')), { recursive: true, force: true });
    await rm(dataDir, { recursive: true, force: true });
  });

  test('says that a folder has no database, and makes none', async () => {
    const { code, stderr } = await Cli.run(['user', 'list'], { env: { DATA_DIR: dataDir } });
    expect(code).toBe(1);
    expect(stderr).toContain(`there is none under DATA_DIR (${dataDir})`);
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('refuses while a gateway uses it, and works afterwards', async () => {
    const product = await Product.start({ DATA_DIR: dataDir });
    const used = await Cli.run(['user', 'list'], { env: { DATA_DIR: dataDir } });
    expect([used.code, used.stderr]).toEqual([
      1,
      `veda-gateway: another process is using DATA_DIR ${dataDir}\n`,
    ]);
    await product.stop();
    const free = await Cli.run(['user', 'list', '--json'], { env: { DATA_DIR: dataDir } });
    // The one of the greeting.
    expect(JSON.parse(free.stdout)).toMatchObject([{ kind: 'demo', email: null, sessions: 1 }]);
  });
});
