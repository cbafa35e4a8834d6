import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Middleware } from 'koa';
import type { SessionMonitor } from '../../../src/account/session-monitor.js';
import type { ConversationStore } from '../../../src/conversation/conversation-store.js';
import type { MessageHistory } from '../../../src/conversation/history.js';
import type { MessageService, SendResult } from '../../../src/conversation/message-service.js';
import { Commands } from '../../../src/gateway/commands.js';
import { OpenStreams } from '../../../src/gateway/open-streams.js';
import { Subscriptions } from '../../../src/gateway/subscription.js';
import type { GenerationLog } from '../../../src/generation/generation-log.js';
import type { GenerationReader } from '../../../src/generation/generation-reader.js';
import { clientAddress } from '../../../src/transports/client-address.js';
import { jsonBody } from '../../../src/transports/http/body-parser.js';
import { httpApp } from '../../../src/transports/http/http-app.js';
import { messageRoutes } from '../../../src/transports/http/message-routes.js';
import { streamResponse } from '../../../src/transports/sse/stream-response.js';
import { streamRoutes } from '../../../src/transports/sse/stream-routes.js';
import { HASTY } from '../../doubles/hasty-clock.js';
import { LocalNotifier } from '../../doubles/local-notifier.js';
import { ROOMY_STREAMS } from '../../support/limits.js';
import { Moment } from '../../support/moment.js';
import { SILENT } from '../../support/silent-log.js';

const ID = '0190a0a0-0000-7000-8000-000000000001';

let server: Server;
let streams: OpenStreams;
let watched: Moment;
let unwatched: Moment;
/** Called when the conversation is looked up. */
let onStanding: () => Promise<void>;
/** How many messages were stored. */
let sent: number;

beforeEach(async () => {
  watched = new Moment();
  unwatched = new Moment();
  sent = 0;
  const sessions = {
    watch: () => {
      watched.happen();
      return unwatched.happen;
    },
  } as unknown as SessionMonitor;
  streams = new OpenStreams(sessions, HASTY, ROOMY_STREAMS);
  const readBody = jsonBody();
  const known: Middleware = (ctx, next) => {
    ctx.state['principal'] = { userId: 'user', expiresAt: new Date() };
    return readBody(ctx, next);
  };
  const store = {
    state: async () => {
      await onStanding();
      return { last: 0 };
    },
  } as unknown as ConversationStore;
  const messages = {
    send: async () => {
      sent++;
      return { ref: { conversationId: ID, messageId: ID, seq: 1 } } as SendResult;
    },
  } as unknown as MessageService;
  const log = {} as GenerationLog;
  const reader = { pending: async () => [] } as unknown as GenerationReader;
  const subscriptions = new Subscriptions({
    log,
    reader,
    notifier: new LocalNotifier(),
    clock: HASTY,
    onRetry: () => {},
    onFailure: () => {},
  });
  const respond = streamResponse(subscriptions, 60_000);
  const routers = [
    streamRoutes({ start: { store, log }, streams, respond, authenticateStream: known }),
    messageRoutes({
      commands: new Commands(messages),
      messages,
      history: {} as MessageHistory,
      streams,
      respondWithStream: respond,
      authenticate: known,
      chatWaitSeconds: 1,
    }),
  ];
  const app = httpApp({
    routers,
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

function address(path: string): { port: number; path: string } {
  return { port: (server.address() as AddressInfo).port, path: `/api/conversations/${ID}${path}` };
}

test('a client that has gone before its stream began leaves nothing behind', async () => {
  const looking = new Moment();
  const gone = new Moment();
  onStanding = async () => {
    looking.happen();
    await gone.come;
  };
  server.once('request', (_, response) => response.once('close', gone.happen));
  const asked = get(address('/stream')).on('error', () => {});
  await looking.come;
  asked.destroy();
  await watched.come;
  await unwatched.come;
});

test('while the server drains, a message whose answer was to be streamed is refused before it is stored', async () => {
  await streams.endAll(0);
  const { port, path } = address('/messages');
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
    body: JSON.stringify({ text: 'What helps?' }),
  });
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ code: 'draining' });
  expect(sent).toBe(0);
});
