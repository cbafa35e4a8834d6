import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TestSite } from '../support/app.js';
import { freePort } from '../support/redis.js';

let site: TestSite;
const children: ChildProcess[] = [];

beforeAll(async () => {
  site = await TestSite.open();
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(() => site.close());

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
}

/** The built product with this as its stdout; resolves when it answers. */
async function start(stdout: number | 'pipe'): Promise<Started> {
  const port = await freePort();
  const child = spawn(process.execPath, ['dist/src/main.js'], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', stdout, 'ignore'],
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      DATABASE_URL: site.database.url,
      REDIS_URL: site.redis.url,
      JWT_SECRET: 'a secret of thirty-two bytes or more',
      LLM_PROVIDER: 'echo',
      LOG_LEVEL: 'debug',
      DRAIN_SECONDS: '1',
    },
  });
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url)))
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
  return { child, url };
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Requests that write a line each, of about 100 bytes. */
async function writeLines(url: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += 50) {
    await Promise.all(
      Array.from({ length: 50 }, () => fetch(`${url}/api/me`).then((answer) => answer.text())),
    );
  }
}

async function stop({ child }: Started): Promise<number | null> {
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  return (await exited)[0];
}

test('a full disk under the log costs lines, not the service', async () => {
  const full = openSync('/dev/full', 'w');
  const gateway = await start(full);
  closeSync(full);
  await writeLines(gateway.url, 200);
  expect(await answers(gateway.url)).toBe(true);
  expect(await stop(gateway)).toBe(0);
});

test('a log whose reader has gone costs lines, not the service', async () => {
  const gateway = await start('pipe');
  gateway.child.stdout?.destroy();
  await writeLines(gateway.url, 200);
  expect(await answers(gateway.url)).toBe(true);
  expect(await stop(gateway)).toBe(0);
});

test('a reader that stalls costs lines, which are counted when it reads again', async () => {
  const gateway = await start('pipe');
  const { stdout } = gateway.child;
  if (!stdout) throw new Error('no stdout');
  // Nothing reads: what the pipe does not hold stays in the gateway, up to 1 MiB.
  await writeLines(gateway.url, 14_000);
  expect(await answers(gateway.url)).toBe(true);
  let dropped = 0;
  for await (const line of createInterface({ input: stdout })) {
    const { msg, count } = JSON.parse(line) as { msg: string; count: number };
    if (msg !== 'log lines dropped') continue;
    dropped = count;
    break;
  }
  expect(dropped).toBeGreaterThan(0);
  expect(await stop(gateway)).toBe(0);
});
