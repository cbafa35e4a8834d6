import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionLimit } from '../../../src/transports/http/connection-limit.js';
import { guardServer } from '../../../src/transports/http/guard-server.js';
import { UnreadResponses } from '../../../src/transports/http/unread-responses.js';
import { RawClient } from './raw-client.js';

const MAX = 4;

let server: Server;
let url: string;
let clients: RawClient[];

beforeEach(async () => {
  clients = [];
  // What asks for /slow is not answered at all.
  server = createServer((request, response) => {
    if (request.url !== '/slow') response.end('answered');
  });
  guardServer(server, {
    hosts: undefined,
    connections: new ConnectionLimit(MAX),
    responses: new UnreadResponses(),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const client of clients) client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function connect(path?: string): Promise<RawClient> {
  const arrived = once(server, 'connection');
  const client = await RawClient.connect(url);
  clients.push(client);
  await arrived;
  if (path) {
    const asked = once(server, 'request');
    client.request(`GET ${path}`, {});
    await asked;
  }
  return client;
}

test('when there is one too many, the connection that is idle for longest gives way', async () => {
  const busy = await connect('/slow');
  const idle = [await connect(), await connect(), await connect()];
  const probe = await connect();
  await idle[0]?.closed();
  probe.request('GET /health/live', {});
  expect(await probe.until(/200 OK[\s\S]*"live"/)).not.toBeNull();
  expect([busy, ...idle.slice(1)].map(({ socket }) => socket.closed)).toEqual([false, false, false]);
});

test('a connection is idle again when it has been answered', async () => {
  const answered = await connect('/');
  await answered.until(/answered/);
  const busy = [await connect('/slow'), await connect('/slow'), await connect('/slow')];
  await connect();
  await answered.closed();
  expect(busy.map(({ socket }) => socket.closed)).toEqual([false, false, false]);
});

test('when all are busy, a new one is closed', async () => {
  for (let at = 0; at < MAX; at++) await connect('/slow');
  const refused = await connect();
  await refused.closed();
  expect(clients.slice(0, MAX).map(({ socket }) => socket.closed)).toEqual([false, false, false, false]);
});
