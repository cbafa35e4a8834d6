import { once } from 'node:events';
import type { ClientOptions } from 'ws';
import { type LivenessLimits, watchLiveness } from '../../../src/transports/websocket/liveness.js';
import { openSocketPair, type SocketPair } from '../../support/socket-pair.js';

const HOURS = 3_600_000;

let pair: SocketPair;

afterEach(() => pair.close());

/** A connection that is watched. */
async function watch(limits: LivenessLimits, options: ClientOptions = {}): Promise<SocketPair> {
  pair = await openSocketPair(options);
  watchLiveness(pair.socket, pair.tcp, limits);
  return pair;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Sends until the client, which does not read, has no room for more. */
async function fill({ socket, client }: SocketPair): Promise<void> {
  client.pause();
  while (socket.bufferedAmount === 0) {
    socket.send('x'.repeat(1_000_000));
    await turn();
  }
}

test('a client that is gone without a word is let go within two heartbeats', async () => {
  const { socket } = await watch({ heartbeatMs: 100, slowMs: HOURS }, { autoPong: false });
  const pings = jest.spyOn(socket, 'ping');
  await once(socket, 'close');
  expect(pings).toHaveBeenCalledTimes(1);
});

test('a client that answers is kept, though it says nothing else', async () => {
  const { socket, client } = await watch({ heartbeatMs: 500, slowMs: 10 });
  for (let heartbeats = 0; heartbeats < 3; heartbeats++) await once(client, 'ping');
  expect(socket.readyState).toBe(socket.OPEN);
});

test('a client that reads nothing for too long is told so: 4008', async () => {
  const { socket, client } = await watch({ heartbeatMs: HOURS, slowMs: 50 });
  await fill(pair);
  while (socket.readyState === socket.OPEN) await turn();
  const closed = once(client, 'close');
  client.resume();
  const [code] = await closed;
  expect(code).toBe(4008);
});

test('a client that reads again in time is kept', async () => {
  const { socket, client } = await watch({ heartbeatMs: 500, slowMs: HOURS });
  await fill(pair);
  const drained = new Promise<void>((resolve) => {
    client.on('message', () => {
      if (socket.bufferedAmount === 0) resolve();
    });
  });
  client.resume();
  await drained;
  for (let heartbeats = 0; heartbeats < 3; heartbeats++) await once(client, 'ping');
  expect(socket.readyState).toBe(socket.OPEN);
});
