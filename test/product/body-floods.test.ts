import { Bystander } from '../support/bystander.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { RawClient } from '../transports/http/raw-client.js';

/** Bodies and connections of strangers who have no token, and a bystander who is to notice nothing. */

const CLIENTS = 100;
/** How many files and connections the gateway may have open: the usual limit of a container. */
const DESCRIPTORS = 1024;

let cluster: Cluster;
let gateway: Product;
let bystander: Bystander;
let clients: RawClient[];

beforeAll(async () => {
  cluster = await Cluster.start();
  gateway = await cluster.gateway({}, DESCRIPTORS);
  bystander = await Bystander.at(gateway);
});

beforeEach(() => {
  clients = [];
});

afterEach(() => {
  for (const client of clients) client.close();
});

afterAll(async () => {
  await bystander.leave();
  await cluster.stop();
});

async function connect(): Promise<RawClient> {
  const client = await RawClient.connect(gateway.url);
  clients.push(client);
  return client;
}

function post(client: RawClient, path: string, body: string): void {
  client.request(
    `POST ${path}`,
    {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    },
    body,
  );
}

const PATHS = ['/api/auth/login', '/api/auth/register', '/api/auth/refresh', '/api/conversations'];

/** 0.9 MB with 105,000 unknown fields: a refusal that named each would have 4.9 MB. */
const UNKNOWN_FIELDS = `{${Array.from({ length: 105_000 }, (_, at) => `"${at.toString(36)}":0`).join(',')}}`;
const NESTED = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;

test.each([
  ['with 105,000 unknown fields', UNKNOWN_FIELDS],
  ['500,000 levels deep', NESTED],
])('bodies %s, whose refusals nobody reads', async (_what, body) => {
  await bystander.during(async () => {
    for (let at = 0; at < CLIENTS; at++) {
      const client = await connect();
      client.socket.pause();
      post(client, PATHS[at % PATHS.length] ?? '', body);
    }
    // The last refusal has come, so all bodies before it were met.
    const last = await connect();
    post(last, '/api/auth/login', body);
    expect(await last.until(/^HTTP\/1\.1 4\d\d/)).not.toBeNull();
    expect(last.received.length).toBeLessThan(10_000);
  });
});

test('small bodies with as many fields and levels as fit: each is refused in a few KB', async () => {
  const bodies = [
    UNKNOWN_FIELDS.slice(0, 4000).replace(/,[^,]*$/, '}'),
    `${'['.repeat(2000)}${']'.repeat(2000)}`,
  ];
  await bystander.during(async () => {
    for (let time = 0; time < 20; time++) {
      const refused = await Promise.all(
        PATHS.flatMap((path) =>
          bodies.map(async (body) => {
            const client = await connect();
            post(client, path, body);
            await client.until(/^HTTP\/1\.1 4\d\d[\s\S]*?\r\n\r\n[\s\S]*\}/);
            return client;
          }),
        ),
      );
      for (const { received } of refused) {
        expect(received).toMatch(/^HTTP\/1\.1 4\d\d/);
        expect(received.length).toBeLessThan(10_000);
      }
    }
  });
});

test.each([
  ['send nothing', ''],
  ['send half of a request', 'GET /api/me HTTP/1.1\r\nHost: localhost\r\n'],
])('twice as many connections as the gateway may have open, which %s', async (_what, sent) => {
  await bystander.during(async () => {
    for (let at = 0; at < 2 * DESCRIPTORS; at++) (await connect()).socket.write(sent);
    const probe = await connect();
    probe.request('GET /health/ready', {});
    expect(await probe.until(/^HTTP\/1\.1 200/)).not.toBeNull();
  });
});
