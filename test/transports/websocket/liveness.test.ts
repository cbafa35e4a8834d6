import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { type Patience, watchLiveness } from '../../../src/transports/websocket/liveness.js';

const HOURS = 3_600_000;

let server: WebSocketServer;
let client: WebSocket;

afterEach(async () => {
  client.terminate();
  server.close();
  await once(server, 'close');
});

/** A connection that is watched; the server's end of it. */
async function connect(patience: Patience, options: ClientOptions = {}): Promise<WebSocket> {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false, perMessageDeflate: false });
  const connected = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  await once(server, 'listening');
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  client.on('error', () => {});
  const [socket, request] = await connected;
  watchLiveness(socket, request.socket, patience);
  if (client.readyState !== client.OPEN) await once(client, 'open');
  return socket;
}

/** Sends until the client, which does not read, has no room for more. */
async function fill(socket: WebSocket): Promise<void> {
  client.pause();
  while (socket.bufferedAmount === 0) {
    socket.send('x'.repeat(1_000_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a client that is gone without a word is let go within two heartbeats', async () => {
  const socket = await connect({ heartbeatMs: 100, slowMs: HOURS }, { autoPong: false });
  const pings = jest.fn();
  client.on('ping', pings);
  await once(socket, 'close');
  expect(pings).toHaveBeenCalledTimes(1);
});

test('a client that answers is kept, though it says nothing else', async () => {
  const socket = await connect({ heartbeatMs: 20, slowMs: 10 });
  for (let heartbeats = 0; heartbeats < 6; heartbeats++) await once(client, 'ping');
  expect(socket.readyState).toBe(socket.OPEN);
});

test('a client that reads nothing for too long is told so: 4008', async () => {
  const socket = await connect({ heartbeatMs: HOURS, slowMs: 50 });
  await fill(socket);
  while (socket.readyState === socket.OPEN) await new Promise((resolve) => setImmediate(resolve));
  const closed = once(client, 'close');
  client.resume();
  const [code] = await closed;
  expect(code).toBe(4008);
});

test('a client that reads again in time is kept', async () => {
  const socket = await connect({ heartbeatMs: 20, slowMs: HOURS });
  await fill(socket);
  const drained = new Promise((resolve) => {
    client.on('message', () => socket.bufferedAmount === 0 && resolve(undefined));
  });
  client.resume();
  await drained;
  for (let heartbeats = 0; heartbeats < 3; heartbeats++) await once(client, 'ping');
  expect(socket.readyState).toBe(socket.OPEN);
});
