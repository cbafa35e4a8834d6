import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SessionMonitor } from '../../../src/account/session-monitor.js';
import { OpenStreams } from '../../../src/gateway/open-streams.js';
import { type SocketIoOptions, serveSocketIo } from '../../../src/transports/socketio/serve-socketio.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { SILENT } from '../../support/silent-log.js';

let server: Server;
let url: string;
let stop: () => Promise<void>;

/** A user may have one stream, and everybody is that user. */
beforeEach(async () => {
  const clock = new ManualClock();
  const sessions = { watch: () => () => {} } as unknown as SessionMonitor;
  const options = {
    streams: new OpenStreams(sessions, clock, { perUser: 1, perAddress: 100 }),
    identity: { of: async () => ({ userId: 'user', expiresAt: new Date() }) },
    clock,
    corsOrigins: [],
    security: { note: () => {} },
    logger: SILENT,
  } as unknown as SocketIoOptions;
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socketIo = serveSocketIo(server, options);
  stop = () => socketIo.stop();
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/socket.io/?EIO=4&transport=polling`;
});

afterEach(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await Promise.all([closed, stop()]);
});

async function handshake(): Promise<string> {
  const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string };
  return `${url}&sid=${sid}`;
}

test('two sign-ins in one request, where a user has one place left, do not end the process', async () => {
  const failures: Error[] = [];
  const remember = (error: Error) => failures.push(error);
  process.on('uncaughtException', remember);
  const connection = await handshake();
  await fetch(connection, { method: 'POST', body: '40\u001e40' });
  await (await fetch(connection)).text();
  expect((await fetch(url)).status).toBe(200);
  process.off('uncaughtException', remember);
  expect(failures).toEqual([]);
});
