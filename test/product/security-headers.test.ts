import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';

let cluster: Cluster;
let gateway: Product;
let person: Person;

beforeAll(async () => {
  cluster = await Cluster.start();
  [gateway] = await Promise.all([cluster.gateway(), cluster.worker()]);
  person = await Person.register(gateway.url);
});

afterAll(() => cluster.stop());

/** What every answer forbids a browser. */
const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
/** An answer that is no page runs and loads nothing. */
const NO_PAGE = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";

async function headersOf(path: string, method = 'GET', body?: unknown): Promise<Record<string, string>> {
  const response = await person.open(method, path, body);
  await response.body?.cancel();
  return { status: `${response.status}`, ...Object.fromEntries(response.headers) };
}

test.each([
  ['an answer', '/api/me', '200'],
  ['a refusal', '/api/conversations/none', '404'],
  ['what is not there', '/nothing', '404'],
  ['health', '/health/ready', '200'],
])('%s is protected', async (_, path, status) => {
  const headers = await headersOf(path);
  expect(headers).toMatchObject({ status, ...ALWAYS, 'content-security-policy': NO_PAGE });
  expect(headers['cache-control']).toBe('no-store');
});

test('a stream is protected', async () => {
  const conversation = await person.newConversation();
  const streamed = await headersOf(`/api/conversations/${conversation}/stream`);
  expect(streamed).toMatchObject({ status: '200', ...ALWAYS, 'content-security-policy': NO_PAGE });
  expect(streamed['cache-control']).toBe('no-cache, no-transform');
  const file = await headersOf(`/api/conversations/${conversation}/messages`);
  expect(file).toMatchObject({ status: '200', ...ALWAYS, 'cache-control': 'no-store' });
});

test.each(['/', '/docs'])('the page at %s is protected, and allows nothing inline', async (path) => {
  const headers = await headersOf(path);
  expect(headers).toMatchObject({ status: '200', ...ALWAYS });
  const policy = headers['content-security-policy'];
  expect(policy).toMatch(/^default-src 'none'; /);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe-|\*|data:|https?:/);
});

test('browsers are told to come by https alone only where PUBLIC_URL does', async () => {
  expect(await headersOf('/api/me')).not.toHaveProperty('strict-transport-security');
  const outside = await cluster.gateway({ PUBLIC_URL: 'https://chat.example.org' });
  const { headers } = await fetch(`${outside.url}/health/ready`);
  expect(headers.get('strict-transport-security')).toBe('max-age=15552000');
  await outside.stop();
});
