import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Bystander } from '../../support/bystander.js';
import { Person } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { type Nginx, startNginx } from '../../support/nginx.js';
import { chunked, RawClient } from './raw-client.js';

let cluster: Cluster;
let person: Person;
let bystander: Bystander;
let nginx: Nginx;

/** Within this time nginx gives up a gateway that does not answer. */
const PROXY_TIMEOUT_MS = 60_000;

/** All requests go over one connection to the gateway, which nginx keeps. */
const NGINX = `
user nobody;
worker_processes 1;
events { worker_connections 256; }
http {
  access_log off;
  upstream gateway { server ADDRESS; keepalive 1; }
  server {
    listen 80;
    client_max_body_size 16m;
    location / {
      proxy_pass http://gateway;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection '';
      proxy_request_buffering off;
    }
  }
}`;

beforeAll(async () => {
  cluster = await Cluster.start({ LLM_PROVIDER: 'echo', DEV_LLM_TOKENS_PER_SECOND: '0' });
  const gateway = await cluster.all();
  person = await Person.register(gateway.url);
  bystander = await Bystander.at(gateway);
  nginx = await startNginx(NGINX.replace('ADDRESS', new URL(gateway.url).host));
});

afterAll(async () => {
  await bystander.leave();
  await nginx.stop();
  await cluster.stop();
});

/** Unpacks to 3 MB, which is over every limit, and is many packets long itself. */
const TOO_MUCH = Buffer.from(
  `"${Array.from({ length: 400_000 }, (_, at) => (at * 7919).toString(36)).join('')}"`,
);
const NO_GZIP = Buffer.alloc(200_000, 'x');
const JSON_TYPE = { 'Content-Type': 'application/json' };

type Refused = readonly [
  what: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
  status: number,
];

const LOGIN = '/api/auth/login';
const CLOSED = '/api/conversations';
const REFUSED: readonly Refused[] = [
  ['gzip over the limit', LOGIN, { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, gzipSync(TOO_MUCH), 413],
  [
    'deflate over the limit',
    LOGIN,
    { ...JSON_TYPE, 'Content-Encoding': 'deflate' },
    deflateSync(TOO_MUCH),
    413,
  ],
  [
    'brotli over the limit',
    LOGIN,
    { ...JSON_TYPE, 'Content-Encoding': 'br' },
    brotliCompressSync(TOO_MUCH),
    413,
  ],
  ['what is no gzip', LOGIN, { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, NO_GZIP, 400],
  ['an unknown encoding', LOGIN, { ...JSON_TYPE, 'Content-Encoding': 'zstd' }, NO_GZIP, 415],
  ['another type', LOGIN, { 'Content-Type': 'text/plain' }, TOO_MUCH, 415],
  ['plain bytes over the limit', LOGIN, JSON_TYPE, TOO_MUCH, 413],
  ['no token', CLOSED, JSON_TYPE, TOO_MUCH, 401],
  ['no such address', '/nothing', JSON_TYPE, TOO_MUCH, 404],
];

type Send = (body: Buffer) => readonly [framing: Record<string, string>, bytes: Buffer];

const SENT: readonly (readonly [how: string, send: Send])[] = [
  ['with its length', (body) => [{ 'Content-Length': String(body.length) }, body]],
  ['in chunks', (body) => [{ 'Transfer-Encoding': 'chunked' }, chunked(body)]],
];

const KINDS = REFUSED.flatMap((refused) =>
  SENT.map(([how, send]) => ({ refused, how, send, what: refused[0] })),
);

test.each(KINDS)('$what, $how: the next request is answered at once', async ({ refused, send }) => {
  const client = await refuse(person.url, refused, send);
  client.request('GET /api/me', { Authorization: `Bearer ${person.token}` });
  expect(await client.until(/HTTP\/1\.1 200[\s\S]*"email"/)).not.toBeNull();
  client.close();
});

test.each(KINDS)(
  "$what, $how, through nginx: another person's request is answered at once",
  async ({ refused, send }) => {
    const client = await refuse(nginx.url, refused, send);
    const began = performance.now();
    expect((await person.at(nginx.url).call('GET', '/api/me')).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(PROXY_TIMEOUT_MS / 2);
    client.close();
  },
);

async function refuse(url: string, [, path, headers, body, status]: Refused, send: Send): Promise<RawClient> {
  const [framing, bytes] = send(body);
  const client = await RawClient.connect(url);
  client.request(`POST ${path}`, { ...headers, ...framing }, bytes);
  const answer = await client.until(/^HTTP\/1\.1 (\d+)[\s\S]*?\r\n\r\n\{.*\}/);
  expect(answer?.[1]).toBe(String(status));
  return client;
}

test('hundreds of refused bodies of all kinds: others notice nothing', async () => {
  await bystander.during(async () => {
    for (let time = 0; time < 10; time++) {
      const clients = KINDS.map(({ refused, send }) => refuse(person.url, refused, send));
      for (const client of await Promise.all(clients)) client.close();
    }
  });
});

test('a body that does not end is given up, with its connection', async () => {
  const client = await RawClient.connect(person.url);
  client.request('POST /nothing', { 'Transfer-Encoding': 'chunked' }, '1\r\nx\r\n');
  expect(await client.until(/^HTTP\/1\.1 404/)).not.toBeNull();
  await client.closed();
});

test('a body that comes slowly is refused with 408', async () => {
  const client = await RawClient.connect(person.url);
  client.request(`POST ${LOGIN}`, { ...JSON_TYPE, 'Content-Length': 1000 }, '{');
  expect(await client.until(/^HTTP\/1\.1 408[\s\S]*too slowly/)).not.toBeNull();
  await client.closed();
});
