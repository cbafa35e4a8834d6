import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';

const ORIGIN = 'https://clinic.example.org';

let app: TestApp;
let person: Person;

beforeAll(async () => {
  app = await startTestApp({ CORS_ORIGINS: ORIGIN });
  person = await Person.register(app.url);
});

afterAll(() => app.stop());

const ROUTES = [
  ['POST', '/api/ai-sdk/chat', 'authorization,content-type,x-ai-sdk-version'],
  ['GET', '/api/ai-sdk/chat/x/stream', 'authorization'],
  ['POST', '/api/ai-sdk/chat/x/stop', 'authorization'],
  ['POST', '/v1/chat/completions', 'authorization,content-type,x-stainless-os,x-stainless-retry-count'],
  ['POST', '/v1/responses', 'authorization,content-type,idempotency-key,x-stainless-timeout'],
  ['DELETE', '/v1/responses/x', 'authorization,x-stainless-lang'],
  ['POST', '/api/ag-ui', 'authorization,content-type'],
] as const;

test.each(ROUTES)('a page of an allowed origin may call %s %s', async (method, path, headers) => {
  const ask = (origin: string) =>
    fetch(app.url + path, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': headers,
      },
    });
  const allowed = (await ask(ORIGIN)).headers;
  expect(allowed.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(allowed.get('access-control-allow-methods')).toContain(method);
  const names = (allowed.get('access-control-allow-headers') ?? '').toLowerCase().split(',');
  expect(names).toEqual(expect.arrayContaining(headers.split(',')));
  expect((await ask('https://elsewhere.example.org')).headers.get('access-control-allow-origin')).toBeNull();
});

test('a streamed answer and a refusal are readable by a page of an allowed origin', async () => {
  const headers = { Origin: ORIGIN };
  const messages = [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'hello' }] }];
  const stream = await person.open('POST', '/api/ai-sdk/chat', { id: 'x', messages }, headers);
  const refusal = await person.open('POST', '/v1/responses', {}, headers);
  expect([stream.status, refusal.status]).toEqual([200, 400]);
  for (const response of [stream, refusal]) {
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{8,64}$/);
    await response.text();
  }
});

test('HEAD tells of a stream, and does not open it', async () => {
  const sent = await person.call('POST', '/v1/responses', { input: 'hello', background: true });
  const response = await person.open('HEAD', `/v1/responses/${sent.body.id}?stream=true`);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(await response.text()).toBe('');
});
