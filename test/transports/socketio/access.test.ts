import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { startTestApp, type TestApp, TestSite } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { Client, type Options, refused } from './client.js';

const JWT_SECRET = 'the secret with which this test signs';
const LISTED = 'https://chat.example.org';

let app: TestApp;
let person: Person;
const clients: Client[] = [];

beforeAll(async () => {
  app = await startTestApp({ JWT_SECRET, CORS_ORIGINS: LISTED, DEV_LLM_TOKENS_PER_SECOND: '50' });
});

beforeEach(async () => {
  person = await Person.register(app.url);
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

afterAll(() => app.stop());

function connect(options: Options): Client {
  const client = new Client(app.url, options);
  clients.push(client);
  return client;
}

/** Of another service, so without a session; or expired, with negative seconds. */
async function tokenFor(seconds: number, secret = JWT_SECRET): Promise<string> {
  const { body } = await person.call('GET', '/api/me');
  return jwt.sign({ sub: body.id }, secret, { expiresIn: seconds });
}

async function ticket(): Promise<string> {
  return (await person.call('POST', '/api/stream-tickets')).body.ticket;
}

const TRANSPORTS: Options[] = [{ transports: ['websocket'] }, { transports: ['polling'] }];

describe.each(TRANSPORTS)('over $transports', (transport) => {
  it.each<[string, () => Promise<Options>]>([
    ['a token', async () => ({ auth: { token: person.token } })],
    ['a ticket', async () => ({ auth: { ticket: await ticket() } })],
    ['a token of another service', async () => ({ auth: { token: await tokenFor(60) } })],
    ['a header', async () => ({ extraHeaders: { Authorization: `Bearer ${person.token}` } })],
    [
      'a page of a listed origin',
      async () => ({ auth: { token: person.token }, extraHeaders: { Origin: LISTED } }),
    ],
    [
      'a page of this host',
      async () => ({ auth: { token: person.token }, extraHeaders: { Origin: app.url } }),
    ],
  ])('lets in with %s', async (_with, options) => {
    const client = connect({ ...transport, ...(await options()) });
    const conversationId = await person.newConversation();
    expect(await client.ask('join', { conversationId })).toMatchObject({ ok: true });
  });

  it.each<[string, string, () => Promise<object>]>([
    ['no token', 'unauthorized', async () => ({})],
    ['a token that is no text', 'unauthorized', async () => ({ token: { $ne: null } })],
    ['a token that is no token', 'unauthorized', async () => ({ token: 'x' })],
    ['a token that has expired', 'token_expired', async () => ({ token: await tokenFor(-10) })],
    [
      'a token that others signed',
      'unauthorized',
      async () => ({ token: await tokenFor(60, 'x'.repeat(32)) }),
    ],
    ['a ticket that nobody issued', 'unauthorized', async () => ({ ticket: 'x', token: person.token })],
  ])('refuses %s as %s', async (_what, code, auth) => {
    const problem = await refused(connect({ ...transport, auth: await auth() }));
    expect(problem).toMatchObject({ status: 401, code, error: { code }, title: expect.any(String) });
  });

  it('takes a ticket once', async () => {
    const auth = { ticket: await ticket() };
    const first = connect({ ...transport, auth });
    await first.ask('leave', { conversationId: randomUUID() });
    expect(await refused(connect({ ...transport, auth }))).toMatchObject({ code: 'unauthorized' });
  });

  it('refuses pages of other origins before it looks at a token', async () => {
    const extraHeaders = { Origin: 'https://elsewhere.example.org' };
    expect(await refused(connect({ ...transport, auth: { token: person.token }, extraHeaders }))).toBe(
      undefined,
    );
  });

  it('ends when the token expires, and says why; the answer goes on', async () => {
    const conversationId = await person.newConversation();
    const client = connect({ ...transport, auth: { token: await tokenFor(4) } });
    await client.ask('join', { conversationId });
    const sent = await client.ask('message', { conversationId, text: 'word '.repeat(300) });
    const ended = client.ended();
    const { exp } = jwt.decode((client.socket.auth as { token: string }).token) as { exp: number };
    expect(await ended).toBe('io server disconnect');
    expect(Date.now()).toBeLessThan(exp * 1000 + 60_000);
    expect(client.frames.at(-1)).toMatchObject({ type: 'error', code: 'token_expired', retryable: false });
    const answer = Client.of(person, transport);
    clients.push(answer);
    // From the beginning: the answer may have ended by now.
    await answer.ask('join', { conversationId, cursor: '1.0.0' });
    expect(await answer.next('done')).toMatchObject({ messageId: sent['messageId'] });
  });

  it('ends with the session, and not with another of the same user', async () => {
    const client = connect({ ...transport, auth: { token: person.token } });
    const other = connect({ ...transport, auth: { token: await tokenFor(60) } });
    await other.ask('leave', { conversationId: randomUUID() });
    await client.ask('leave', { conversationId: randomUUID() });
    const ended = client.ended();
    await person.call('POST', '/api/auth/logout');
    expect(await ended).toBe('io server disconnect');
    expect(client.frames).toMatchObject([{ type: 'error', code: 'token_expired' }]);
    expect(await other.refusal('join', { conversationId: randomUUID() })).toBe('not_found');
  });

  it('tells those who have joined when the conversation is deleted', async () => {
    const [gone, stays] = [await person.newConversation(), await person.newConversation()];
    const client = connect({ ...transport, auth: { token: person.token } });
    for (const conversationId of [gone, stays]) await client.ask('join', { conversationId });
    await client.next('ready', gone);
    await client.ask('message', { conversationId: gone, text: 'word '.repeat(300) });
    await client.next('chunk', gone);
    await person.call('DELETE', `/api/conversations/${gone}`);
    expect(await client.next('error', gone)).toMatchObject({ code: 'not_found', retryable: false });
    const last = client.frames.length;
    await client.ask('message', { conversationId: stays, text: 'and you?' });
    await client.next('done', stays);
    expect(client.frames.slice(last).every(({ conversationId }) => conversationId === stays)).toBe(true);
    expect(await client.refusal('message', { conversationId: gone, text: 'x' })).toBe('not_found');
  });
});

it.each(TRANSPORTS)('over $transports: clients come back when the server stops', async (transport) => {
  const site = await TestSite.open();
  const first = await site.start();
  const port = new URL(first.url).port;
  const there = await Person.register(first.url);
  const conversationId = await there.newConversation();
  const client = Client.of(there, { ...transport, reconnection: true, reconnectionDelay: 10 });
  clients.push(client);
  await client.ask('join', { conversationId });
  const ended = client.ended();
  const back = new Promise((resolve) => client.socket.io.once('reconnect', resolve));
  await first.stop();
  expect(await ended).toMatch(/^transport (close|error)$/);

  const second = await site.start({ PORT: port });
  await back;
  expect(await client.ask('join', { conversationId })).toMatchObject({ ok: true });
  client.close();
  await second.stop();
  await site.close();
});

it('stops although a client does not close', async () => {
  const site = await TestSite.open();
  const stuck = await site.start();
  const client = Client.of(await Person.register(stuck.url));
  clients.push(client);
  await client.ask('leave', { conversationId: randomUUID() });
  pause(client);
  await stuck.stop();
  await site.close();
});

/** Has the client read nothing any more. */
function pause(client: Client): void {
  const { transport } = client.socket.io.engine as unknown as { transport: { ws: { pause(): void } } };
  transport.ws.pause();
}
