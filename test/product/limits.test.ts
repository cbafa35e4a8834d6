import { randomUUID } from 'node:crypto';
import { type Answer, Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { scrape } from '../support/scrape.js';
import { TestSocket } from '../support/socket.js';
import { Client } from '../transports/socketio/client.js';

/** The smallest PNG there is: one transparent pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let cluster: Cluster;
let gateways: [Product, Product];

beforeAll(async () => {
  cluster = await Cluster.start({
    METRICS_PORT: '0',
    TRUST_PROXY: 'loopback',
    RATE_LIMIT_MESSAGES_PER_MINUTE: '3',
    RATE_LIMIT_REGISTRATIONS_PER_MINUTE: '3',
    RATE_LIMIT_REFRESHES_PER_MINUTE: '3',
    RATE_LIMIT_TICKETS_PER_MINUTE: '3',
    RATE_LIMIT_CONVERSATIONS_PER_MINUTE: '3',
    RATE_LIMIT_UPLOADS_PER_MINUTE: '3',
    MAX_STREAMS_PER_USER: '3',
    MAX_STREAMS_PER_ADDRESS: '5',
  });
  gateways = await Promise.all([cluster.gateway(), cluster.gateway()]);
});

afterAll(() => cluster.stop());

interface Account {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Each call comes from another address unless it says from which. */
let addresses = 0;
const newAddress = (): string => `198.51.100.${++addresses}`;

async function register(address = newAddress()): Promise<Answer> {
  const body = { email: `${randomUUID()}@example.org`, password: 'correct horse' };
  const headers = { 'X-Forwarded-For': address };
  return new Person(gateways[0].url, '').call('POST', '/api/auth/register', body, headers);
}

async function newPerson(): Promise<Person> {
  return new Person(gateways[0].url, ((await register()).body as Account).accessToken);
}

/** Asked of both gateways in turn, four times: three are taken, and the fourth is refused with all that a client needs. */
async function expectFourthRefused(ask: (url: string, n: number) => Promise<Answer>): Promise<void> {
  for (let n = 0; n < 3; n++) {
    const { status, headers } = await ask(gateways[n % 2]?.url ?? '', n);
    expect(status).toBeLessThan(300);
    expect(headers.get('ratelimit-limit')).toBe('3');
    expect(headers.get('ratelimit-remaining')).toBe(String(2 - n));
    expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThan(0);
  }
  const { status, headers, body } = await ask(gateways[1].url, 3);
  expect({ status, code: body.code }).toEqual({ status: 429, code: 'rate_limited' });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect(headers.get('ratelimit-remaining')).toBe('0');
}

test('registrations from one address; another address is not refused', async () => {
  const address = newAddress();
  await expectFourthRefused(async () => register(address));
  expect((await register()).status).toBe(201);
});

test('conversations of one user; deleting them gives nothing back', async () => {
  const person = await newPerson();
  await expectFourthRefused(async (url) => {
    const answer = await person.at(url).call('POST', '/api/conversations', {});
    if (answer.status === 201) await person.call('DELETE', `/api/conversations/${answer.body.id}`);
    return answer;
  });
  expect((await (await newPerson()).call('POST', '/api/conversations', {})).status).toBe(201);
});

test('messages of one user, over all conversations; a repetition is answered past the limit, deleting gives nothing back', async () => {
  const person = await newPerson();
  const [first, second] = [await person.newConversation(), await person.newConversation()];
  const send = (url: string, n: number): Promise<Answer> =>
    person.at(url).send(n % 2 ? first : second, 'What helps?', { client_message_id: `${n}` });
  await expectFourthRefused(send);
  expect((await send(gateways[0].url, 0)).body).toMatchObject({ duplicate: true });
  await person.call('DELETE', `/api/conversations/${first}`);
  expect((await person.send(second, 'And then?')).status).toBe(429);
});

test('stream tickets of one user', async () => {
  const person = await newPerson();
  await expectFourthRefused((url) => person.at(url).call('POST', '/api/stream-tickets'));
});

test('uploads of one user', async () => {
  const person = await newPerson();
  await expectFourthRefused(async (url) => {
    const form = new FormData();
    form.set('file', new Blob([PIXEL]), 'pixel.png');
    const headers = { Authorization: `Bearer ${person.token}` };
    const response = await fetch(`${url}/api/attachments`, { method: 'POST', headers, body: form });
    return { status: response.status, headers: response.headers, body: await response.json() };
  });
});

test('refreshes of one user; one whose reply was lost may be repeated past the limit', async () => {
  const tokens = [((await register()).body as Account).refreshToken];
  const refresh = (url: string, refreshToken = ''): Promise<Answer> =>
    new Person(url, '').call('POST', '/api/auth/refresh', { refreshToken });
  await expectFourthRefused(async (url, n) => {
    const answer = await refresh(url, tokens[n]);
    if (answer.status === 200) tokens.push(answer.body.refreshToken);
    return answer;
  });
  const again = await refresh(gateways[0].url, tokens[2]);
  expect({ status: again.status, same: again.body.refreshToken === tokens[3] }).toEqual({
    status: 200,
    same: true,
  });
});

test('unknown refresh tokens from an address do not keep others there from refreshing', async () => {
  const { refreshToken } = (await register()).body as Account;
  const refresh = (token: string): Promise<Answer> =>
    new Person(gateways[0].url, '').call(
      'POST',
      '/api/auth/refresh',
      { refreshToken: token },
      { 'X-Forwarded-For': '192.0.2.9' },
    );
  const guesses = await Promise.all(Array.from({ length: 301 }, (_, n) => refresh(`guess ${n}`)));
  expect(guesses.filter(({ status }) => status === 429)).toHaveLength(1);
  expect((await refresh(refreshToken)).status).toBe(200);
});

test('open streams of one user, over whatever transport, until one closes', async () => {
  const person = await newPerson();
  const conversation = await person.newConversation();
  const sse = person.stream(conversation);
  await sse.next();
  await TestSocket.open(person, conversation);
  const io = await Client.joined(person, conversation);
  const refused = await person.call('GET', `/api/conversations/${conversation}/stream`);
  expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 429, code: 'rate_limited' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const socket = await TestSocket.open(person, conversation);
  expect((await socket.closed).code).toBe(4029);
  await sse.return();
  io.socket.disconnect();
  for (let again = 0; again !== 200; ) {
    const response = await person.open('GET', `/api/conversations/${conversation}/stream`);
    again = response.status;
    await response.body?.cancel();
  }
});

test('open streams of one address, whoever its users are', async () => {
  const headers = { 'X-Forwarded-For': newAddress() };
  const open = async (): Promise<Response> => {
    const person = await newPerson();
    const conversation = await person.newConversation();
    return person.open('GET', `/api/conversations/${conversation}/stream`, undefined, headers);
  };
  const streams = [];
  for (let n = 0; n < 5; n++) streams.push(await open());
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const sixth = await open();
  expect(sixth.status).toBe(429);
  expect(await sixth.json()).toMatchObject({ detail: 'too many open streams from this address' });
  const elsewhere = await newPerson();
  const other = await elsewhere.open('GET', `/api/conversations/${await elsewhere.newConversation()}/stream`);
  expect(other.status).toBe(200);
  for (const { body } of [...streams, other]) await body?.cancel();
});

test('each limit that refused is in the metrics', async () => {
  const { text } = await scrape(gateways[0]);
  const other = (await scrape(gateways[1])).text;
  for (const limit of [
    'messages',
    'registrations',
    'refreshes',
    'tickets',
    'conversations',
    'uploads',
    'failedRefreshes',
    'streams',
    'streamsOfAddress',
  ]) {
    expect(text + other).toMatch(new RegExp(`^veda_limited_total{limit="${limit}"} [1-9]`, 'm'));
  }
});
