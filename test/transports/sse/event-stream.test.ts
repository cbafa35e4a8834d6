import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HEARTBEAT_MS } from '../../../src/protocol/sse.js';
import { EventStream } from '../../../src/transports/sse/event-stream.js';

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
  const events = new EventStream((await asked)[1]);
  const [response] = (await answered) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  const { signal } = new AbortController();
  await events.send({ type: 'pong', conversationId: 'c' }, signal);
  jest.advanceTimersByTime(HEARTBEAT_MS - 1);
  await events.send({ type: 'ready', conversationId: 'c', cursor: '1.0.0' }, signal);
  jest.advanceTimersByTime(HEARTBEAT_MS + 1);
  events.end();
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
