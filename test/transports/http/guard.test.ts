import { readFile } from 'node:fs/promises';
import { Bystander } from '../../support/bystander.js';
import { Person } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import type { Product } from '../../support/product.js';
import { RawClient } from './raw-client.js';

const PUBLIC = 'chat.example.org';

let cluster: Cluster;
let gateway: Product;
let person: Person;
let bystander: Bystander;
const clients: RawClient[] = [];

beforeAll(async () => {
  cluster = await Cluster.start({ PUBLIC_URL: `https://${PUBLIC}` });
  gateway = await cluster.gateway();
  person = await Person.register(gateway.url);
  bystander = await Bystander.at(gateway);
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

afterAll(async () => {
  await bystander.leave();
  await cluster.stop();
});

async function connect(url = gateway.url): Promise<RawClient> {
  const client = await RawClient.connect(url);
  clients.push(client);
  return client;
}

async function statusOf(
  path: string,
  headers: Record<string, string>,
  url?: string,
): Promise<string | undefined> {
  const client = await connect(url);
  client.request(`GET ${path}`, headers);
  return (await client.until(/^HTTP\/1\.1 (\d+)/))?.[1];
}

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const WAYS: readonly (readonly [
  way: string,
  path: string,
  headers: Record<string, string>,
  status: string,
])[] = [
  ['REST', '/openapi.json', {}, '200'],
  ['a WebSocket', '/ws/conversations/x', UPGRADE, '101'],
  ['Socket.IO over long-polling', '/socket.io/?EIO=4&transport=polling', {}, '200'],
  ['Socket.IO over a WebSocket', '/socket.io/?EIO=4&transport=websocket', UPGRADE, '101'],
];

describe.each(WAYS)('over %s', (_, path, headers, status) => {
  test.each(['127.0.0.1:8080', 'localhost', 'LOCALHOST:1', '[::1]:3000', PUBLIC, `${PUBLIC}:8443`])(
    'the gateway answers to %s',
    async (host) => {
      expect(await statusOf(path, { ...headers, Host: host })).toBe(status);
    },
  );

  test.each([
    'rebound.example.net',
    `${PUBLIC}.example.net`,
    '192.168.1.5:3000',
    'localhost.example.net',
    '%',
  ])('it does not answer to %s, a name that is not its own', async (host) => {
    expect(await statusOf(path, { ...headers, Host: host })).toBe('421');
  });
});

test('probes are answered by whatever name they use', async () => {
  for (const path of ['/health/live', '/health/ready']) {
    expect(await statusOf(path, { Host: '10.1.2.3:3000' })).toBe('200');
  }
});

test('on an address that others reach, without PUBLIC_URL, any name is right', async () => {
  const open = await cluster.gateway({ HOST: '0.0.0.0', PUBLIC_URL: '' });
  expect(await statusOf('/openapi.json', { Host: 'chat.example.net' }, open.url)).toBe('200');
});

test('connections that send hundreds of requests at once are closed, and others notice nothing', async () => {
  await bystander.during(async () => {
    for (let at = 0; at < 100; at++) {
      const client = await connect();
      client.socket.write('GET /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(500));
      await client.closed();
    }
  });
});

test('large responses that nobody reads are given up, and others are answered', async () => {
  const id = await person.newConversation();
  for (let at = 0; at < 30; at++) await person.send(id, '😀'.repeat(32_000));
  const never = await Promise.all(Array.from({ length: CLIENTS }, () => connect()));
  const attack = async (): Promise<void> => {
    for (const client of never) {
      client.socket.pause();
      client.request(`GET /api/conversations/${id}/messages?limit=100`, {
        Authorization: `Bearer ${person.token}`,
      });
    }
    // A paused socket does not see its end, but the gateway counts the connections that it has.
    while ((await connectionsOf(never)) > CLIENTS / 2) {
      expect((await person.call('GET', '/api/me')).status).toBe(200);
    }
  };
  // All of them would have held 230 MB.
  await bystander.during(attack, { growthMb: MAX_GROWTH_MB });
});

/** Page of 30 messages: 3.8 MB. */
const CLIENTS = 60;
const MAX_GROWTH_MB = 220;

/** How many of these the gateway still has open: by its own descriptors. */
async function connectionsOf(all: readonly RawClient[]): Promise<number> {
  const table = await readFile('/proc/net/tcp', 'utf8');
  const ports = new Set(
    all.map(({ socket }) => (socket.localPort ?? 0).toString(16).toUpperCase().padStart(4, '0')),
  );
  // Remote address and state of each connection; 01 is established.
  return [...table.matchAll(/[0-9A-F]{8}:[0-9A-F]{4} [0-9A-F]{8}:([0-9A-F]{4}) 01/g)].filter(
    ([, port = '']) => ports.has(port),
  ).length;
}
