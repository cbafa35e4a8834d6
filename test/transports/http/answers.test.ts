import { Person } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { expectProblem } from '../../support/problem.js';
import type { Product } from '../../support/product.js';

let cluster: Cluster;
let gateway: Product;
let person: Person;
let conversation: string;

beforeAll(async () => {
  cluster = await Cluster.start({ LOG_LEVEL: 'debug', CORS_ORIGINS: 'https://app.example.org' });
  gateway = await cluster.gateway();
  person = await Person.register(gateway.url);
  conversation = await person.newConversation();
});

afterAll(() => cluster.stop());

describe('X-Request-Id', () => {
  const idOf = async (headers: Record<string, string>): Promise<string | null> =>
    (await person.call('GET', '/api/me', undefined, headers)).headers.get('x-request-id');

  test('of the client is returned and logged', async () => {
    expect(await idOf({ 'X-Request-Id': 'trace-0123:4.5' })).toBe('trace-0123:4.5');
    expect(gateway.lines.some((line) => line.includes('"requestId":"trace-0123:4.5"'))).toBe(true);
  });

  test.each(['', 'short', 'ada@example.org', 'my chest hurts', 'x'.repeat(65)])(
    'is made anew in place of %j',
    async (given) => {
      expect(await idOf({ 'X-Request-Id': given })).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/);
    },
  );

  test('is on refusals too, and on event streams', async () => {
    expect((await person.call('GET', '/nothing')).headers.get('x-request-id')).toMatch(/./);
    const stream = await person.open('GET', `/api/conversations/${conversation}/stream`);
    expect(stream.headers.get('x-request-id')).toMatch(/./);
    await stream.body?.cancel();
  });
});

test.each(['traceparent', 'tracestate', 'baggage', 'sentry-trace', 'x-requested-with', 'x-request-id', 'b3'])(
  'a page on another origin may send %s',
  async (header) => {
    const { headers } = await fetch(`${gateway.url}/api/me`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://app.example.org',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': header,
      },
    });
    expect(headers.get('access-control-allow-headers')?.toLowerCase().split(',')).toContain(header);
  },
);

describe('query parameters', () => {
  test.each([
    ['GET', '/api/me?verbose=1', 'verbose'],
    ['GET', '/api/conversations?limits=3', 'limits'],
    ['POST', '/api/conversations?title=x', 'title'],
    ['GET', '/api/conversations/:id/messages?limit=1&order=asc', 'order'],
    ['GET', '/api/conversations/:id/stream?untill=done', 'untill'],
    ['GET', '/api/conversations?token=x', 'token'],
  ])('%s %s is refused, and the parameter is named', async (method, path, name) => {
    const refused = await person.call(
      method,
      path.replace(':id', conversation),
      method === 'POST' ? {} : undefined,
    );
    expectProblem(refused, 400, 'bad_request');
    expect(refused.body.detail).toBe(`unknown query parameter "${name}"`);
  });

  test('those that a route has are taken', async () => {
    expect((await person.call('GET', '/api/conversations?limit=1')).status).toBe(200);
    const { status } = await person.open(
      'GET',
      `/api/conversations/${conversation}/stream?until=done&lastEventId=`,
    );
    expect(status).toBe(204);
  });
});

test('a long answer in JSON is compressed, a short one and a refusal are not', async () => {
  await person.send(conversation, 'My knee hurts. '.repeat(200));
  const answerTo = async (path: string) => {
    const answer = await person.open('GET', path, undefined, { 'Accept-Encoding': 'gzip' });
    await answer.arrayBuffer();
    return answer.headers;
  };
  const messages = `/api/conversations/${conversation}/messages`;
  expect((await answerTo(messages)).get('content-encoding')).toBe('gzip');
  expect((await answerTo(messages)).get('vary')).toContain('Accept-Encoding');
  expect((await answerTo('/api/me')).get('content-encoding')).toBeNull();
  expect((await answerTo('/nothing')).get('content-encoding')).toBeNull();
  const plain = await person.call('GET', messages, undefined, { 'Accept-Encoding': 'identity' });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(plain.body.items).toHaveLength(2);
});

test('answers are not to be kept, nor taken for anything but JSON', async () => {
  for (const path of ['/api/me', '/api/conversations', '/nothing']) {
    const { headers } = await person.call('GET', path);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
});

test.each([
  [{ text: 1 }, 'text: must be a text'],
  [{}, 'text: is required'],
  [{ text: 'x', whenBusy: 'later' }, 'whenBusy: must be queue or reject or interrupt'],
  [[], 'it must be an object'],
])('the body %j is refused in plain words', async (body, detail) => {
  const refused = await person.call('POST', `/api/conversations/${conversation}/messages`, body);
  expectProblem(refused, 400, 'bad_request');
  expect(refused.body.detail).toBe(detail);
});

test('a refusal names a few of many wrong fields, and stays small', async () => {
  const fields = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`field${at}`, 1]));
  const refused = await person.call('POST', `/api/conversations/${conversation}/messages`, {
    text: 'x',
    ...fields,
  });
  expectProblem(refused, 400, 'bad_request');
  expect(refused.body.detail).toBe(
    `${[0, 1, 2, 3, 4].map((at) => `unknown field "field${at}"`).join('; ')}; and more`,
  );
});

test('a body of 105,000 unknown fields is refused before anything is built', async () => {
  const fields = Array.from({ length: 105_000 }, (_, at) => `"${at}":1`).join();
  const refused = await person.call('POST', `/api/conversations/${conversation}/messages`, `{${fields}}`);
  expectProblem(refused, 400, 'bad_request');
  const nested = await person.call('POST', '/api/conversations', '['.repeat(500_000));
  expectProblem(nested, 400, 'bad_request');
});

test('while Redis is away a send is 503, and a line says why', async () => {
  await cluster.redis.kill();
  expectProblem(await person.send(conversation, 'x'), 503, 'internal');
  const line = await gateway.logged('request refused');
  expect(line).toMatchObject({
    level: 'warn',
    method: 'POST',
    requestId: expect.any(String),
    error: expect.anything(),
  });
});
