import { type OllamaDouble, type OllamaDoubleOptions, startOllamaDouble } from './ollama/server.js';

const MODELS = [
  { name: 'llama3.2', capabilities: ['completion'], contextTokens: 8192, parameters: 'num_ctx 4096' },
  { name: 'gpt-oss:20b', capabilities: ['completion', 'thinking'], family: 'gptoss' },
];
const HELLO = { model: 'llama3.2', messages: [{ role: 'user', content: 'Hello' }] };

let double: OllamaDouble;

async function start(options: OllamaDoubleOptions = {}): Promise<void> {
  double = await startOllamaDouble({ models: MODELS, ...options });
}

afterEach(() => double.stop());

function chat(body: object = {}, signal?: AbortSignal): Promise<Response> {
  const init = { method: 'POST', body: JSON.stringify({ ...HELLO, ...body }), ...(signal && { signal }) };
  return fetch(`${double.url}/api/chat`, init);
}

async function get(path: string, body?: object): Promise<unknown> {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  return (await fetch(double.url + path, init)).json();
}

test('/api/show says what the model can do, its window and its parameters', async () => {
  await start();
  expect(await get('/api/show', { model: 'llama3.2' })).toMatchObject({
    capabilities: ['completion'],
    parameters: 'num_ctx 4096',
    model_info: { 'llama.context_length': 8192 },
  });
  expect(await get('/api/show', { model: 'gpt-oss:20b' })).toMatchObject({ details: { family: 'gptoss' } });
});

test('/api/ps lists a model when it is loaded, with its window', async () => {
  await start({ loadMs: 50 });
  expect(await get('/api/ps')).toEqual({ models: [] });
  const answered = chat({ options: { num_ctx: 2048 } });
  await double.when(({ startedAt }) => startedAt > 0);
  expect(await get('/api/ps')).toMatchObject({ models: [{ name: 'llama3.2:latest', context_length: 2048 }] });
  expect((await answered).status).toBe(200);
});

test('a load is given up when its client hangs up, and begins anew for the next', async () => {
  await start({ loadMs: 300 });
  const leave = new AbortController();
  const left = chat({}, leave.signal).catch(() => 'left');
  await double.when(({ id }) => id === 1);
  const other = chat();
  await double.when(({ id }) => id === 2);
  leave.abort();
  expect(await left).toBe('left');
  expect((await other).status).toBe(200);
  expect(double.counts()).toMatchObject({ loads: 2, abortedLoads: 1 });
});

test('a model is loaded anew for another window', async () => {
  await start({ loadMs: 1 });
  for (const numCtx of [2048, 2048, 4096]) await (await chat({ options: { num_ctx: numCtx } })).text();
  expect(double.counts().loads).toBe(2);
});

test('one answer at a time is written where there is one place', async () => {
  await start({ parallel: 1, script: { text: 'One two three.', tokensPerSecond: 50 } });
  const texts = await Promise.all([1, 2, 3].map(async () => (await chat()).text()));
  expect(texts.every((text) => text.includes('"done":true'))).toBe(true);
  expect(double.counts().mostWaiting).toBe(2);
  const [first, second, third] = double.requests();
  expect(second?.firstTokenAt).toBeGreaterThanOrEqual(first?.endedAt ?? Number.POSITIVE_INFINITY);
  expect(third?.firstTokenAt).toBeGreaterThanOrEqual(second?.endedAt ?? Number.POSITIVE_INFINITY);
});

test('beyond the queue a request is refused with 503', async () => {
  await start({ loadMs: 300, maxQueue: 1 });
  const all = await Promise.all([1, 2, 3].map(async () => (await chat()).status));
  expect(all.toSorted((one, other) => one - other)).toEqual([200, 200, 503]);
});

describe('a prompt that is longer than the window', () => {
  const messages = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: '1'.repeat(300) },
    { role: 'assistant', content: '2'.repeat(300) },
    { role: 'user', content: 'And now?' },
  ];

  test('loses its oldest messages without a word, and keeps those of the system', async () => {
    await start();
    const response = await chat({ messages, options: { num_ctx: 400 } });
    expect(response.status).toBe(200);
    await response.text();
    expect(double.requests()[0]).toMatchObject({ dropped: 1 });
  });

  test('is refused when it may not be cut', async () => {
    await start();
    const response = await chat({ messages, options: { num_ctx: 400 }, truncate: false });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringContaining('available context size') });
  });
});

test('a model that cannot think refuses to, and is content with think: false', async () => {
  await start();
  const refused = await chat({ think: true });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toEqual({ error: '"llama3.2" does not support thinking' });
  expect((await chat({ think: false })).status).toBe(200);
});

test('images are base64', async () => {
  await start();
  const withImage = (image: string) => chat({ messages: [{ role: 'user', content: '', images: [image] }] });
  expect((await withImage('/etc/passwd')).status).toBe(400);
  expect((await withImage(Buffer.from('PNG').toString('base64'))).status).toBe(200);
});
