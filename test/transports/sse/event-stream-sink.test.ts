import { once } from 'node:events';
import { Agent, createServer, get, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { SharedFrame } from '../../../src/gateway/shared-frame.js';
import { EventStreamSink } from '../../../src/transports/sse/event-stream-sink.js';

const PONG = new SharedFrame({ type: 'pong', conversationId: 'c' });
/** Larger than what the kernel takes for a client that does not read. */
const LARGE = new SharedFrame({
  type: 'chunk',
  conversationId: 'c',
  cursor: '1.1.1',
  messageId: 'm',
  data: 'x'.repeat(32 * 1_048_576),
});
const SLOW_MS = 60_000;

let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});

async function nextResponse(): Promise<ServerResponse> {
  const [, response] = await once(server, 'request');
  return response as ServerResponse;
}

test('a frame after the end is dropped, also while a client has not read the end yet', async () => {
  const asked = nextResponse();
  const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
  client.pause();
  const response = await asked;
  const failures: Error[] = [];
  response.on('error', (error) => failures.push(error));
  const sink = new EventStreamSink(response, SLOW_MS);
  sink.send(LARGE);
  sink.end();
  sink.send(PONG);
  sink.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(response.writableFinished).toBe(false);
  expect(failures).toEqual([]);
  client.destroy();
});

test('many streams over one kept connection leave no listeners on it', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const listeners: number[] = [];
  server.on('request', (_, response: ServerResponse) => {
    const sink = new EventStreamSink(response, SLOW_MS);
    listeners.push(response.socket?.listenerCount('timeout') ?? -1);
    sink.end();
  });
  for (let i = 0; i < 3; i++) {
    const [response] = await once(get({ port, host: '127.0.0.1', agent }), 'response');
    await once(response.resume(), 'end');
  }
  expect(new Set(listeners).size).toBe(1);
  agent.destroy();
});

test('a client that reads nothing is cut off, also if it goes on to send', async () => {
  const asked = nextResponse();
  const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
  client.pause().on('error', () => {});
  const response = await asked;
  new EventStreamSink(response, 400).send(LARGE);
  // A header of the next request, byte by byte.
  client.write('GET / HTTP/1.1\r\nX-Long: ');
  const trickle = setInterval(() => client.write('x'), 20);
  await once(response, 'close');
  clearInterval(trickle);
  expect(response.writableFinished).toBe(false);
  client.destroy();
});
