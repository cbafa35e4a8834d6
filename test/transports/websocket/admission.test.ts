import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import jwt from 'jsonwebtoken';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { TestSocket } from '../../support/socket.js';

const JWT_SECRET = 'the secret with which this test signs';
const LISTED = 'https://chat.example.org';

let app: TestApp;
let person: Person;
let conversation: string;
let userId: string;

beforeAll(async () => {
  app = await startTestApp({ JWT_SECRET, CORS_ORIGINS: LISTED, DEV_LLM_TOKENS_PER_SECOND: '20' });
});

beforeEach(async () => {
  person = await Person.register(app.url);
  conversation = await person.newConversation();
  userId = (await person.call('GET', '/api/me')).body.id;
});

afterAll(() => app.stop());

const at = (id: string, query = '') => `/ws/conversations/${id}${query}`;

function connect(query: string, headers: Record<string, string> = {}, id = conversation): TestSocket {
  return new TestSocket(app.url, at(id, query), { headers });
}

async function ticket(): Promise<string> {
  return (await person.call('POST', '/api/stream-tickets')).body.ticket;
}

/** Of another service, so without a session; or expired, with negative seconds. */
function tokenFor(seconds: number, secret = JWT_SECRET): string {
  return jwt.sign({ sub: userId }, secret, { expiresIn: seconds });
}

describe('a client that may come in', () => {
  afterEach(async () => {
    await socket.close();
  });
  let socket: TestSocket;

  test.each([
    ['a token in the address', () => connect(`?token=${person.token}`)],
    ['a token in the header', () => connect('', { Authorization: `Bearer ${person.token}` })],
    ['a token of another service', () => connect(`?token=${tokenFor(600)}`)],
    ['an id in upper case', () => connect(`?token=${person.token}`, {}, conversation.toUpperCase())],
    ['a page of this host', () => connect(`?token=${person.token}`, { Origin: app.url })],
    ['a page of a listed origin', () => connect(`?token=${person.token}`, { Origin: LISTED })],
  ])('with %s', async (_with, open) => {
    socket = open();
    expect(await socket.next('ready')).toMatchObject({ conversationId: conversation, cursor: '1.0.0' });
  });

  test('with a ticket, once', async () => {
    const query = `?ticket=${await ticket()}`;
    socket = connect(query);
    await socket.next('ready');
    expect(await connect(query).closed).toEqual({ code: 4001, reason: 'unauthorized' });
  });
});

describe('a client that may not come in sees the upgrade succeed, and a close code', () => {
  const cases: [string, () => TestSocket, number, string][] = [
    ['no token', () => connect(''), 4001, 'unauthorized'],
    ['an empty token', () => connect('?token='), 4001, 'unauthorized'],
    ['a token that is none', () => connect('?token=nonsense'), 4001, 'unauthorized'],
    ['another secret', () => connect(`?token=${tokenFor(60, 'x'.repeat(32))}`), 4001, 'unauthorized'],
    ['an expired token', () => connect(`?token=${tokenFor(-1)}`), 4001, 'token_expired'],
    ['a ticket that is none', () => connect('?ticket=nonsense'), 4001, 'unauthorized'],
    ['no Bearer', () => connect('', { Authorization: `Basic ${person.token}` }), 4001, 'unauthorized'],
    [
      'a bad header, whatever the address says',
      () => connect(`?token=${person.token}`, { Authorization: 'Bearer nonsense' }),
      4001,
      'unauthorized',
    ],
    ['no such conversation', () => connect(`?token=${person.token}`, {}, randomUUID()), 4003, 'not_found'],
    ['an id that is none', () => connect(`?token=${person.token}`, {}, 'nonsense'), 4003, 'not_found'],
    [
      'a page of another origin',
      () => connect(`?token=${person.token}`, { Origin: 'https://evil.example' }),
      4003,
      'forbidden',
    ],
    [
      'a page without an origin',
      () => connect(`?token=${person.token}`, { Origin: 'null' }),
      4003,
      'forbidden',
    ],
  ];

  test.each(cases)('%s', async (_what, open, code, reason) => {
    const socket = open();
    const opened = once(socket.ws, 'open');
    expect(await socket.closed).toEqual({ code, reason });
    await opened;
    expect(socket.frames).toEqual([]);
  });

  test('another user’s conversation looks like none', async () => {
    const stranger = await Person.register(app.url);
    const socket = connect(`?token=${stranger.token}`);
    expect(await socket.closed).toEqual({ code: 4003, reason: 'not_found' });
  });

  test('nothing that it said was done', async () => {
    const stranger = await Person.register(app.url);
    const sockets = [connect('?token=nonsense'), connect(`?token=${stranger.token}`)];
    for (const socket of sockets) {
      socket.ws.once('open', () => socket.say({ type: 'message', text: 'Let me in' }));
      await socket.closed;
    }
    const page = await person.call('GET', `/api/conversations/${conversation}/messages`);
    expect(page.body.items).toEqual([]);
  });

  test('a ticket is not spent by a page of another origin', async () => {
    const query = `?ticket=${await ticket()}`;
    await connect(query, { Origin: 'https://evil.example' }).closed;
    const socket = connect(query);
    await socket.next('ready');
    await socket.close();
  });
});

test('a cursor that the conversation cannot have given is refused, and the connection lives', async () => {
  const socket = connect(`?token=${person.token}&cursor=7.1.3`);
  expect(await socket.next('error')).toMatchObject({ code: 'bad_request', retryable: false });
  socket.say({ type: 'resume' });
  await socket.next('ready');
  await socket.close();
});

test.each(['/ws/', '/ws/conversations/', '/ws/conversations/a/b', '/nowhere', '//'])(
  'an upgrade at %s is answered 404',
  async (path) => {
    const { port } = new URL(app.url);
    const asked = request({
      port,
      path,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
      },
    }).end();
    const [response] = await once(asked, 'response');
    expect(response.statusCode).toBe(404);
    response.resume();
    await once(response, 'close');
  },
);

describe('an open connection ends', () => {
  test('with 4001 when its token expires', async () => {
    const socket = connect(`?token=${tokenFor(4)}`);
    await socket.next('ready');
    expect(await socket.closed).toEqual({ code: 4001, reason: 'token_expired' });
  });

  test('with 4001 when its session is logged out; the answer goes on', async () => {
    const socket = connect(`?ticket=${await ticket()}`);
    await socket.next('ready');
    socket.say({ type: 'message', text: 'one two three four five' });
    const { messageId } = await socket.next('chunk');
    expect((await person.call('POST', '/api/auth/logout')).status).toBe(204);
    expect(await socket.closed).toMatchObject({ code: 4001 });
    // From the beginning: the answer may have ended by now.
    const other = connect(`?token=${tokenFor(600)}&cursor=1.0.0`);
    expect(await other.next('done')).toMatchObject({ messageId, message: { status: 'complete' } });
    await other.close();
  });

  test('with an error frame and 4003 when the conversation is deleted', async () => {
    const socket = connect(`?token=${person.token}`);
    await socket.next('ready');
    await person.call('DELETE', `/api/conversations/${conversation}`);
    const error = await socket.next('error');
    expect(error).toMatchObject({ code: 'not_found', retryable: false });
    expect(error).not.toHaveProperty('messageId');
    expect(await socket.closed).toEqual({ code: 4003, reason: 'not_found' });
  });

  test('with 1009 for a frame over 1 MiB, and not for one of 1 MiB', async () => {
    const socket = connect(`?token=${person.token}`);
    await socket.next('ready');
    socket.say('x'.repeat(1_048_576));
    await socket.next('error');
    socket.say('x'.repeat(1_048_577));
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });

  test('with 1007 for text that is not UTF-8', async () => {
    const socket = connect(`?token=${person.token}`);
    await socket.next('ready');
    socket.ws.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await socket.closed).toMatchObject({ code: 1007 });
  });

  test('with 4029 after thousands of frames that ask for nothing', async () => {
    const socket = connect(`?token=${person.token}`);
    await socket.next('ready');
    for (let frame = 0; frame < 20_000; frame++) socket.say('?');
    expect(await socket.closed).toEqual({ code: 4029, reason: 'rate_limited' });
  });
});
