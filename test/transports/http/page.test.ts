import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { clientAddress } from '../../../src/transports/client-address.js';
import { httpApp } from '../../../src/transports/http/http-app.js';
import { readPageFiles } from '../../../src/transports/http/page-files.js';
import { pageRoutes, type SignInOffer } from '../../../src/transports/http/page-routes.js';
import { HASTY } from '../../doubles/hasty-clock.js';
import { SILENT } from '../../support/silent-log.js';

const HTML =
  '<!doctype html><meta name="sign-in" content="accounts"><meta name="human-contact" content=""><title>A page</title>';
const SCRIPT = `export const words = '${'calm '.repeat(200)}';`;
const FRIEND = 'https://friend.example.org';

let folder: string;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veda-page-'));
  await mkdir(join(folder, 'web/assets'), { recursive: true });
  await writeFile(join(folder, 'secret.js'), 'not for you');
  await writeFile(join(folder, 'web/index.html'), HTML);
  await writeFile(join(folder, 'web/client.js'), SCRIPT);
  await writeFile(join(folder, 'web/assets/index-abc.js'), SCRIPT);
  await writeFile(join(folder, 'web/assets/index-abc.css'), 'p { margin: 0 }');
  await writeFile(join(folder, 'web/assets/icon-abc.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(folder, 'web/assets/notes.txt'), 'not for you');
  server = await serving(join(folder, 'web'), 'accounts demo');
});

afterAll(async () => {
  await stop(server);
  await rm(folder, { recursive: true });
});

async function serving(web: string, signIn: SignInOffer, humanContact?: string): Promise<Server> {
  const routers = [await pageRoutes({ files: await readPageFiles(web), signIn, humanContact })];
  const app = httpApp({
    routers,
    corsOrigins: [FRIEND],
    addressOf: clientAddress([]),
    logger: SILENT,
    clock: HASTY,
  });
  const handle = app.callback();
  const started = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return started;
}

function stop(running: Server): Promise<unknown> {
  running.closeAllConnections();
  return new Promise((resolve) => running.close(resolve));
}

interface Got {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The bytes as they come over the wire, of the path as it is given: fetch would decode and tidy up. */
async function get(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  from = server,
): Promise<Got> {
  const { port } = from.address() as AddressInfo;
  const asked = request({ host: '127.0.0.1', port, path, method, headers }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

describe('the page', () => {
  it('says what it may offer to who is not signed in', async () => {
    const { status, headers, body } = await get('/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body.toString()).toBe(HTML.replace('"accounts"', '"accounts demo"'));
  });

  it('says how to reach a human, whatever characters that has', async () => {
    const contact = '"Nurses" & <b>friends</b>: $& 030 1234';
    const other = await serving(join(folder, 'web'), 'accounts', contact);
    const { body } = await get('/', {}, 'GET', other);
    await stop(other);
    const written = '&quot;Nurses&quot; &amp; &lt;b>friends&lt;/b>: $&amp; 030 1234';
    expect(body.toString()).toContain(`<meta name="human-contact" content="${written}">`);
  });

  it('lets nothing in but its own files and its own server', async () => {
    const { headers } = await get('/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
  });

  it('is asked for each time, and sent only when it has changed', async () => {
    const { headers } = await get('/');
    expect(headers['cache-control']).toBe('no-cache');
    const again = await get('/', { 'If-None-Match': String(headers.etag) });
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, headers.etag]);
    expect(again.headers['content-security-policy']).toBe(headers['content-security-policy']);
    expect((await get('/', { 'If-None-Match': '"another"' })).status).toBe(200);
  });

  it('has another ETag where it offers something else', async () => {
    const other = await serving(join(folder, 'web'), 'token');
    try {
      const { headers, body } = await get('/', {}, 'GET', other);
      expect(body.toString()).toContain('content="token"');
      expect(headers.etag).not.toBe((await get('/')).headers.etag);
    } finally {
      await stop(other);
    }
  });

  it('answers HEAD as GET, without the page', async () => {
    const [head, whole] = [await get('/', {}, 'HEAD'), await get('/')];
    expect([head.status, head.body.length]).toEqual([200, 0]);
    const own = { date: '', 'x-request-id': '' };
    expect({ ...head.headers, ...own }).toEqual({ ...whole.headers, ...own });
  });

  it('is not there before a build, and says so', async () => {
    const empty = await serving(join(folder, 'nothing'), 'accounts');
    try {
      const { status, headers, body } = await get('/', {}, 'GET', empty);
      expect([status, headers['content-type']]).toEqual([404, 'application/problem+json']);
      expect(body.toString()).toContain('npm run build');
    } finally {
      await stop(empty);
    }
  });
});

describe('compression', () => {
  it.each([
    ['br', 'gzip, deflate, br, zstd', brotliDecompressSync],
    ['gzip', 'gzip, deflate', gunzipSync],
  ])('sends %s to who takes %s', async (encoding, accepted, decoded) => {
    const { headers, body } = await get('/assets/index-abc.js', { 'Accept-Encoding': accepted });
    expect(headers['content-encoding']).toBe(encoding);
    expect(headers.vary).toContain('Accept-Encoding');
    expect(body.length).toBeLessThan(SCRIPT.length / 4);
    expect(Number(headers['content-length'])).toBe(body.length);
    expect(decoded(body).toString()).toBe(SCRIPT);
  });

  it('sends it plain to who takes nothing else', async () => {
    for (const accepted of ['identity', 'compress', 'br;q=0, gzip;q=0']) {
      const { headers, body } = await get('/assets/index-abc.js', { 'Accept-Encoding': accepted });
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers.vary).toContain('Accept-Encoding');
      expect(body.toString()).toBe(SCRIPT);
    }
  });

  it('tells the encodings apart by ETag', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(async (encoding) => {
        return (await get('/client.js', { 'Accept-Encoding': encoding })).headers.etag;
      }),
    );
    expect(new Set(tags).size).toBe(3);
  });
});

describe('files', () => {
  it('may be kept for ever when their name changes with their content', async () => {
    const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };
    for (const [extension, type] of Object.entries(types)) {
      const { status, headers } = await get(`/assets/index-abc.${extension}`);
      expect([status, headers['content-type']]).toEqual([200, type]);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await get('/assets/icon-abc.svg')).headers['content-type']).toBe('image/svg+xml');
  });

  it('are asked for each time when it does not', async () => {
    const { headers } = await get('/client.js');
    expect(headers['cache-control']).toBe('no-cache');
    expect((await get('/client.js', { 'If-None-Match': String(headers.etag) })).status).toBe(304);
  });

  it.each(['/client.js', '/assets/index-abc.js'])('lets pages that may call load %s', async (path) => {
    const { headers } = await get(path, { Origin: FRIEND });
    expect(headers['access-control-allow-origin']).toBe(FRIEND);
    expect(headers.vary).toContain('Origin');
    const stranger = await get(path, { Origin: 'https://stranger.example.org' });
    expect(stranger.headers['access-control-allow-origin'] ?? '').toBe('');
  });

  it.each([
    '/nothing',
    '/index.html',
    '/assets',
    '/assets/',
    '/assets/nothing.js',
    '/assets/notes.txt',
    '/secret.js',
    '/../secret.js',
    '/assets/../../secret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets/..%5c..%5csecret.js',
    '/assets/%2e%2e/%2e%2e/secret.js',
    '/assets/__proto__',
  ])('does not have %s', async (path) => {
    const { status, headers, body } = await get(path);
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json']);
    expect(headers['cache-control']).toBe('no-store');
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'not_found' });
  });

  it('takes no other method', async () => {
    expect((await get('/', {}, 'DELETE')).status).toBe(405);
  });
});
