import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SharedFrame } from '../../../src/gateway/shared-frame.js';
import { HEARTBEAT_MS } from '../../../src/protocol/sse.js';
import { EventStreamSink } from '../../../src/transports/sse/event-stream-sink.js';

beforeAll(() => {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask', 'performance'],
  });
});

afterAll(() => jest.useRealTimers());

test('a silent stream says every 15 s that it lives, in a comment that ends no event', async () => {
  expect(HEARTBEAT_MS).toBe(15_000);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  const answered = once(get({ port: (server.address() as AddressInfo).port }), 'response');
  const [, serverResponse] = await asked;
  const sink = new EventStreamSink(serverResponse, 60_000);
  const sent = () => new Promise<void>((resolve) => serverResponse.write('', () => resolve()));
  const [response] = (await answered) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  sink.send(new SharedFrame({ type: 'pong', conversationId: 'c' }));
  jest.advanceTimersByTime(HEARTBEAT_MS - 1);
  sink.send(new SharedFrame({ type: 'ready', conversationId: 'c', cursor: '1.0.0' }));
  await sent();
  jest.advanceTimersByTime(1);
  await sent();
  jest.advanceTimersByTime(HEARTBEAT_MS);
  sink.end();
  await once(response, 'end');
  expect(text).toBe(
    [
      'retry: 1000\ndata: {"type":"pong","conversationId":"c"}\n\n',
      'id: 1.0.0\ndata: {"type":"ready","conversationId":"c","cursor":"1.0.0"}\n\n',
      ': hb\n',
      ': hb\n',
    ].join(''),
  );
  server.close();
});
