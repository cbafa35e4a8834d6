import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { Person } from '../support/client.js';
import type { Cluster } from '../support/cluster.js';
import { withClient } from '../support/postgres.js';
import type { Product } from '../support/product.js';
import { shows, VERSIONS } from './chat.js';
import { ANSWER, HALF, stall, startTwoGateways } from './two-gateways.js';

let cluster: Cluster;
let worker: Product;
let gateways: [Product, Product];
let person: Person;

beforeAll(async () => {
  ({ cluster, worker, gateways } = await startTwoGateways());
});

beforeEach(async () => {
  person = await Person.register(gateways[0].url);
  stall(cluster);
});

afterEach(async () => {
  // What has stalled goes on in another worker, and ends. Otherwise it would take the script of the next test.
  [worker] = await Promise.all([cluster.worker(), worker.stop('SIGKILL')]);
  await withClient(cluster.database.url, async (client) => {
    const open = async () => (await client.query('select from generations where ended_at is null')).rowCount;
    while ((await open()) !== 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

afterAll(() => cluster.stop());

function clientAt(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: person.token });
}

// Versions 6 and 7 read the same stream.
test.each(VERSIONS.filter(([version]) => version !== '7'))(
  'a session that ends, ends an AI SDK stream (%s) with an error that is told',
  async (_, chatOf) => {
    const chat = chatOf({ person });
    const sent = chat.sendMessage({ text: 'What helps?' });
    await shows(chat, HALF);
    await person.call('POST', '/api/auth/logout');
    await sent;
    expect(chat.error?.message).toBe('the token has expired');
  },
);

test('a session that ends, ends streams of OpenAI clients with an error, and not their answers', async () => {
  const client = clientAt(gateways[0].url);
  const response = await client.responses.create({ input: 'What helps?', stream: true });
  let text = '';
  let last: unknown;
  for await (const event of response) {
    last = event;
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (text === HALF) await person.call('POST', '/api/auth/logout').catch(() => {});
  }
  expect(last).toMatchObject({ type: 'error', code: 'token_expired' });
  expect(text).toBe(HALF);
});

test('a completion whose gateway drains is taken up at another one by its Idempotency-Key', async () => {
  const leaving = await cluster.gateway();
  const request = (url: string, retries: number) =>
    clientAt(url).chat.completions.create(
      { model: 'llama3.2', messages: [{ role: 'user', content: key }] },
      { headers: { 'Idempotency-Key': key }, maxRetries: retries },
    );
  const key = randomUUID();
  const waiting = request(leaving.url, 0).catch((error: unknown) => error);
  await cluster.ollama.when(({ body }) => JSON.stringify({ body }).includes(key));
  const stopped = leaving.stop();
  const refused = (await waiting) as InstanceType<typeof OpenAI.APIError>;
  expect(refused).toMatchObject({ status: 503, code: 'draining' });
  expect(refused.headers?.get('x-should-retry')).toBe('true');
  const again = request(gateways[1].url, 0);
  [worker] = await Promise.all([cluster.worker(), worker.stop('SIGKILL')]);
  expect((await again).choices[0]?.message.content).toBe(ANSWER);
  expect(await stopped).toBe(0);
});
