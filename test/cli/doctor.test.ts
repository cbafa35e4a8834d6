import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { startOllamaDouble } from '../doubles/ollama/server.js';
import { startTestApp, type TestApp, TestSite } from '../support/app.js';
import { CERTIFICATE } from '../support/certificate.js';
import { Cli } from '../support/cli.js';
import { Person } from '../support/client.js';
import { createEmptyDatabase } from '../support/postgres.js';
import { type RedisServerOptions, startRedis } from '../support/redis.js';
import { type ReverseProxy, type ReverseProxyOptions, startReverseProxy } from '../support/reverse-proxy.js';
import { TypedCli } from '../support/terminal.js';
import { tokenFor } from '../support/token.js';

let site: TestSite;
let app: TestApp;
let person: Person;
let proxy: ReverseProxy | undefined;

beforeAll(async () => {
  site = await TestSite.open();
  app = await site.start({ CORS_ORIGINS: 'https://www.example.org' });
  person = await Person.register(app.url);
});

afterAll(async () => {
  await app.stop();
  await site.close();
});

afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
});

interface Report {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  /** What is not as it should be, about this. */
  readonly about: (name: string) => Finding | undefined;
}

async function examine(
  url: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Report> {
  const all = ['doctor', '--json', '--url', url, '--idle', '0', ...args];
  const cli = new TypedCli(all, { VEDA_TOKEN: person.token, ...env });
  const code = await cli.exit;
  const { stdout, stderr } = cli;
  expect(stderr).toBe('');
  const { findings, summary } = JSON.parse(stdout) as { findings: Finding[]; summary: { fail: number } };
  expect(code).toBe(summary.fail > 0 ? 1 : 0);
  const about = (name: string) => findings.find(({ about, level }) => about === name && level !== 'ok');
  return { code, findings, about };
}

async function through(options: Partial<ReverseProxyOptions>, args?: readonly string[]): Promise<Report> {
  proxy = await startReverseProxy({ targets: [app.url], ...options });
  return examine(proxy.url, args);
}

test('finds no fault in a gateway, its Redis and its database, and leaves no conversation', async () => {
  const origin = ['--origin', 'https://www.example.org', '--idle', '1'];
  const servers = { DATABASE_URL: site.database.url, REDIS_URL: site.redis.url };
  const { code, findings } = await examine(app.url, origin, servers);
  expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(code).toBe(0);
  const looked = new Set(findings.map(({ about }) => about));
  expect([...looked].toSorted()).toEqual(
    'answer auth body buffering clock compression cors idle live origin postgres reach ready redis socket.io sticky version websocket'.split(
      ' ',
    ),
  );
  expect((await person.call('GET', '/api/conversations')).body.items).toEqual([]);
});

test('prints findings as lines, with advice', async () => {
  proxy = await startReverseProxy({ targets: [app.url], maxBodyBytes: 1000, server: 'nginx/1.24.0' });
  const { code, stdout } = await Cli.run([
    'doctor',
    '--url',
    proxy.url,
    '--idle',
    '0',
    '--token',
    person.token,
  ]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ok {4}live +answers within \d+ ms$/m);
  expect(stdout).toMatch(
    /^fail {2}body +the longest message .* refused with 413\n +→ nginx: set "client_max_body_size/m,
  );
  expect(stdout).toMatch(/\n1 failed, 0 to look at, \d+ ok\n$/);
  expect(stdout).not.toContain('\u001b');
});

test('a gateway that is down', async () => {
  const { code, findings } = await examine('http://127.0.0.1:9');
  expect(code).toBe(1);
  expect(findings).toMatchObject([
    { about: 'reach', finding: 'nothing listens on 127.0.0.1 port 9 (ECONNREFUSED)' },
  ]);
});

test('a name without an address', async () => {
  const { about } = await examine('http://nowhere.invalid');
  expect(about('reach')?.finding).toMatch(/^the name nowhere\.invalid has no address \(E\w+\)$/);
});

test('a certificate that browsers refuse, and one that they accept', async () => {
  const server = createServer(CERTIFICATE).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { about } = await examine(url);
  expect(about('tls')).toMatchObject({
    level: 'fail',
    finding: 'the certificate is not good: DEPTH_ZERO_SELF_SIGNED_CERT',
    advice: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  });

  const folder = await mkdtemp(join(tmpdir(), 'veda-cli-'));
  const authority = join(folder, 'ca.pem');
  await writeFile(authority, CERTIFICATE.cert);
  server.on('request', (_request, response) => response.writeHead(404).end());
  const env = { NODE_EXTRA_CA_CERTS: authority };
  const { stdout } = await Cli.run(['doctor', '--url', url], { env });
  expect(stdout).toMatch(/^ok {4}tls +TLSv1\.3, the certificate is good for \d+ days$/m);
  expect(stdout).toMatch(/^warn {2}http +no HTTP\/2: browsers open 6 connections/m);
  await rm(folder, { recursive: true });
  server.close();
  await once(server, 'close');
});

test('a proxy whose gateway is down', async () => {
  const { about } = await through({ targets: ['http://127.0.0.1:9'], server: 'nginx' });
  expect(about('live')?.finding).toMatch(/^connected, but no answer came/);
});

test('something that is no gateway', async () => {
  const ollama = await startOllamaDouble();
  const { about } = await examine(ollama.url);
  expect(about('live')?.finding).toBe('something answers GET /health/live with 404');
  await ollama.stop();
});

test('a part that is degraded, and one that is missing', async () => {
  const lame = await TestSite.open();
  const ATTACHMENT_DIR = await mkdtemp(join(tmpdir(), 'veda-attachments-'));
  const gateway = await lame.start({
    LLM_PROVIDER: 'ollama',
    OLLAMA_HOST: 'http://127.0.0.1:9',
    ATTACHMENT_DIR,
  });
  // As if its volume were gone.
  await rm(ATTACHMENT_DIR, { recursive: true });
  const { token } = await Person.register(gateway.url);
  const degraded = await examine(gateway.url, ['--token', token]);
  expect(degraded.about('ready')).toMatchObject({
    level: 'warn',
    finding: 'degraded: attachments, provider do not answer',
    advice: expect.stringMatching(/ATTACHMENT_DIR.*OLLAMA_HOST/),
  });
  expect(degraded.about('answer')?.finding).toBe('the answer failed: llm_unavailable');

  await lame.redis.kill();
  const { about } = await examine(gateway.url, ['--token', 'x']);
  expect(about('ready')).toMatchObject({ level: 'fail', advice: expect.stringContaining('REDIS_URL') });
  expect(about('ready')?.finding).toMatch(/^not ready: .*redis.* missing$/);
  await lame.redis.restart();
  await gateway.stop();
  await lame.close();
});

test('a token that is refused', async () => {
  const { about, findings } = await examine(app.url, ['--token', tokenFor('nobody', -10)]);
  expect(findings).toContainEqual(
    expect.objectContaining({ level: 'warn', finding: 'the token has expired' }),
  );
  expect(about('auth')).toBeDefined();
  expect(findings.at(-1)?.finding).toBe('GET /api/me answers the token with 401');
});

test('without a user, only checks that need none run', async () => {
  const { about, code } = await examine(app.url, [], { VEDA_TOKEN: '' });
  expect(code).toBe(0);
  expect(about('auth')).toMatchObject({ level: 'warn', advice: 'give --email or --token' });
  expect(about('auth')?.finding).toContain('no demo users');
});

test('a proxy that collects responses, and is nginx', async () => {
  const slow = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: '5' });
  const { token } = await Person.register(slow.url);
  const options = { targets: [slow.url], buffers: true, server: 'nginx/1.24.0' };
  const { findings } = await through(options, ['--token', token]);
  const buffering = (finding: unknown) => ({
    about: 'buffering',
    level: 'fail',
    finding,
    advice: expect.stringContaining('"proxy_buffering off;"'),
  });
  expect(findings.filter(({ level }) => level !== 'ok')).toEqual([
    buffering(
      expect.stringMatching(
        /^the answer took \d+\.\d s, and all that was said of it came within \d+ ms, at its end$/,
      ),
    ),
    buffering(
      'an open event stream shows nothing for 3 s, one that ends comes whole: nginx collects before it passes on',
    ),
  ]);
  await slow.stop();
});

test('a proxy that compresses event streams', async () => {
  const { about } = await through({ compresses: true });
  expect(about('compression')?.finding).toContain('event streams are compressed (gzip)');
});

test.each([
  ['dropped', 'reached the gateway as a plain request: its Upgrade header was lost on the way'],
  [403, 'was answered by nginx with 403 instead of 101'],
] as const)('a proxy whose upgrades are %s', async (upgrades, said) => {
  const { about } = await through({ upgrades, server: 'nginx/1.24.0' });
  for (const name of ['websocket', 'socket.io']) {
    expect(about(name)).toMatchObject({
      level: 'fail',
      finding: expect.stringContaining(said),
      advice: expect.stringContaining('proxy_set_header Upgrade $http_upgrade'),
    });
  }
});

test('a proxy that cuts idle connections', async () => {
  const { findings } = await through({ idleMs: 2000, server: 'nginx' }, ['--idle', '4']);
  for (const name of ['SSE', 'WebSocket', 'Socket.IO']) {
    expect(findings).toContainEqual({
      about: 'idle',
      level: 'fail',
      finding: expect.stringMatching(
        new RegExp(`^${name.replace('.', '\\.')} was cut after \\d\\.\\d s without a word`),
      ),
      advice: expect.stringContaining('proxy_read_timeout'),
    });
  }
});

test('two gateways without sticky sessions', async () => {
  const other = await site.start();
  const { about, findings } = await through({ targets: [app.url, other.url] });
  expect(about('sticky')).toMatchObject({
    level: 'fail',
    advice: expect.stringContaining('the same gateway'),
  });
  expect(about('sticky')?.finding).toContain('several gateways run, and sessions are not sticky');
  expect(findings.filter(({ level }) => level === 'fail')).toHaveLength(1);
  await other.stop();
});

test.each([
  [30_000, 'warn', /^the Date header is (29|30|31)\.\d s ahead of this machine's clock$/],
  [-300_000, 'fail', /^the Date header is (299|300|301)\.\d s behind this machine's clock$/],
])('a clock that is off by %d ms', async (aheadMs, level, said) => {
  const { about } = await through({ aheadMs });
  expect(about('clock')).toMatchObject({ level, finding: expect.stringMatching(said) });
});

test('a proxy that changes the Host header', async () => {
  const { about } = await through({ rewritesHost: true, server: 'nginx' });
  expect(about('origin')).toMatchObject({
    level: 'fail',
    finding: `pages of ${proxy?.url} itself may not open sockets: the gateway is told another Host`,
    advice: expect.stringContaining('proxy_set_header Host $http_host'),
  });
});

test('a page that may not call', async () => {
  const { about } = await examine(app.url, ['--origin', 'https://evil.example']);
  for (const name of ['cors', 'origin']) {
    expect(about(name)).toMatchObject({ level: 'fail', advice: expect.stringContaining('CORS_ORIGINS') });
  }
});

test('a model server that embeds, and one that lacks the model', async () => {
  const ollama = await startOllamaDouble({ models: ['nomic-embed-text'] });
  const env = { OLLAMA_HOST: `${ollama.url},http://127.0.0.1:9`, EMBED_MODEL: 'nomic-embed-text' };
  const { findings } = await examine('http://127.0.0.1:9', [], env);
  expect(findings.filter(({ about }) => about === 'embedding')).toEqual([
    {
      about: 'embedding',
      level: 'ok',
      finding: `${new URL(ollama.url).host} embeds with nomic-embed-text: 256 numbers`,
    },
    {
      about: 'embedding',
      level: 'fail',
      finding: '127.0.0.1:9 does not embed: the model server cannot be reached',
      advice: 'run "ollama pull nomic-embed-text" there',
    },
  ]);
  const missing = await examine('http://127.0.0.1:9', [], { OLLAMA_HOST: ollama.url, EMBED_MODEL: 'other' });
  await ollama.stop();
  expect(missing.about('embedding')?.finding).toContain('the model server does not have the model (404)');
});

describe('Redis', () => {
  async function examineRedis(options: RedisServerOptions): Promise<Report> {
    const redis = await startRedis(options);
    const report = await examine('http://127.0.0.1:9', ['--redis-url', redis.url]);
    await redis.stop();
    return report;
  }

  test('that evicts', async () => {
    const { about } = await examineRedis({
      args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'],
    });
    expect(about('redis')).toMatchObject({
      level: 'fail',
      finding: 'maxmemory-policy is allkeys-lru: under memory pressure jobs and running answers are dropped',
      advice: expect.stringContaining('maxmemory-policy noeviction'),
    });
  });

  test('that is nearly full', async () => {
    const { about } = await examineRedis({ args: ['--maxmemory', '1mb'] });
    expect(about('redis')?.finding).toMatch(/^\d+ MB used of 1 MB$/);
  });

  test('that needs a password, or does not answer', async () => {
    const { about } = await examineRedis({ args: ['--requirepass', 'canary'] });
    expect(about('redis')?.finding).toBe('cannot be asked: NOAUTH');
    const away = await examine('http://127.0.0.1:9', ['--redis-url', 'redis://:canary@127.0.0.1:9']);
    expect(away.about('redis')?.finding).toBe('cannot be asked: ECONNREFUSED');
  });
});

test('a database that is not migrated, or does not answer', async () => {
  const database = await createEmptyDatabase();
  const behind = await examine('http://127.0.0.1:9', ['--database-url', database.url]);
  expect(behind.about('postgres')).toMatchObject({
    finding: expect.stringMatching(/^\d+ migrations are missing$/),
    advice: 'run npm run migrate',
  });
  await database.drop();
  const away = await examine('http://127.0.0.1:9', ['--database-url', 'postgres://u:canary@127.0.0.1:9/x']);
  expect(away.about('postgres')?.finding).toBe('cannot be asked (ECONNREFUSED)');
});
