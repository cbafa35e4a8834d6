import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Middleware } from 'koa';
import type { SessionMonitor } from '../../../src/account/session-monitor.js';
import type { MessageHistory } from '../../../src/conversation/history.js';
import type { MessageService } from '../../../src/conversation/message-service.js';
import { Commands } from '../../../src/gateway/commands.js';
import { OpenStreams } from '../../../src/gateway/open-streams.js';
import { clientAddress } from '../../../src/transports/client-address.js';
import { jsonBody } from '../../../src/transports/http/body-parser.js';
import { httpApp } from '../../../src/transports/http/http-app.js';
import { messageRoutes } from '../../../src/transports/http/message-routes.js';
import { HASTY } from '../../doubles/hasty-clock.js';
import { ROOMY_STREAMS } from '../../support/limits.js';
import { Moment } from '../../support/moment.js';
import { SILENT } from '../../support/silent-log.js';

const ID = '0190a0a0-0000-7000-8000-000000000001';

let server: Server;
let streams: OpenStreams;
/** Happens when somebody waits. */
let waiting: Moment;

beforeEach(async () => {
  waiting = new Moment();
  const messages = {
    send: async () => ({ ref: { conversationId: ID, messageId: ID, seq: 1 }, duplicate: false }),
    // As the real one: holds the signal by a listener alone.
    ended: async (_user: string, _ref: object, signal: AbortSignal) => {
      waiting.happen();
      if (!signal.aborted) await once(signal, 'abort');
      return { id: ID };
    },
  } as unknown as MessageService;
  const readBody = jsonBody();
  const authenticate: Middleware = (ctx, next) => {
    ctx.state['principal'] = { userId: 'user', expiresAt: new Date() };
    return readBody(ctx, next);
  };
  const history = {} as MessageHistory;
  streams = new OpenStreams({ watch: () => () => {} } as unknown as SessionMonitor, HASTY, ROOMY_STREAMS);
  const routes = messageRoutes({
    commands: new Commands(messages),
    messages,
    history,
    streams,
    respondWithStream: () => {},
    authenticate,
    chatWaitSeconds: 0.1,
  });
  const app = httpApp({
    routers: [routes],
    corsOrigins: [],
    addressOf: clientAddress([]),
    logger: SILENT,
    clock: HASTY,
  }).callback();
  server = createServer((request, response) => void app(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
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
    expect((await chat()).status).toBe(202);
  } finally {
    clearInterval(collecting);
  }
});

test('a wait ends with the message so far when the server drains; no other begins', async () => {
  const answer = chat({ Prefer: 'wait=60' });
  await waiting.come;
  await streams.endAll(0);
  expect((await answer).status).toBe(202);
  const refused = await chat();
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'draining' });
});

function chat(headers: Record<string, string> = {}): Promise<Response> {
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}/api/conversations/${ID}/messages/chat`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ text: 'What helps?' }),
  });
}
