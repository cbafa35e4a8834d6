import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Middleware } from 'koa';
import type { MessageHistory } from '../../../src/conversation/history.js';
import type { Sending } from '../../../src/conversation/sending.js';
import { httpApp } from '../../../src/transports/http/http-app.js';
import { messageRoutes } from '../../../src/transports/http/message-routes.js';
import { HASTY } from '../../doubles/hasty-clock.js';
import { SILENT } from '../../support/silent-log.js';

const ID = '0190a0a0-0000-7000-8000-000000000001';

let server: Server;

beforeAll(async () => {
  const sending = {
    send: async () => ({ ref: { conversationId: ID, messageId: ID, seq: 1 }, duplicate: false }),
    // As the real one: holds the signal by a listener alone.
    ended: async (_user: string, _ref: object, signal: AbortSignal) => {
      if (!signal.aborted) await once(signal, 'abort');
      return { id: ID };
    },
  } as unknown as Sending;
  const authenticate: Middleware = (ctx, next) => {
    ctx.state['principal'] = { userId: 'user', expiresAt: new Date() };
    return next();
  };
  const history = {} as MessageHistory;
  const routes = messageRoutes({ sending, history, authenticate, chatWaitSeconds: 0.1 });
  const app = httpApp({ routers: [routes], corsOrigins: [], logger: SILENT, clock: HASTY }).callback();
  server = createServer((request, response) => void app(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});

test('a wait ends in time, whatever the garbage collector takes meanwhile', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const collecting = setInterval(collect, 10);
  try {
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/api/conversations/${ID}/messages/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ text: 'What helps?' }),
    });
    expect(answer.status).toBe(202);
  } finally {
    clearInterval(collecting);
  }
});
