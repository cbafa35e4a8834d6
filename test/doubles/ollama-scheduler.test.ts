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
  for (const [image, byte] of [
    ['/etc/passwd', 8],
    ['a picture', 1],
  ] as const) {
    const refused = await withImage(image);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({ error: `illegal base64 data at input byte ${byte}` });
  }
  expect((await withImage(Buffer.from('PNG').toString('base64'))).status).toBe(200);
});

describe('a transcription', () => {
  const transcribe = async (fields: Record<string, string | Blob>): Promise<Response> => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return fetch(`${double.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
  };
  const file = new Blob(['RIFF']);

  test.each([
    [{}, 400, 'model is required'],
    [{ model: 'ears' }, 400, 'file is required: http: no such file'],
    [{ model: 'ears', file: new Blob([]) }, 400, 'audio file is empty'],
    [{ model: 'deaf', file }, 404, "model 'deaf' not found"],
  ])('of %p is refused as Ollama does it', async (fields, status, message) => {
    await start({ models: ['ears'] });
    const response = await transcribe(fields);
    expect(response.status).toBe(status);
    const type = status === 404 ? 'not_found_error' : 'invalid_request_error';
    expect(await response.json()).toEqual({ error: { message, type, param: null, code: null } });
  });

  test('that fails is an error of the server, and what is no form is one of the client', async () => {
    await start({ models: ['ears'] });
    double.hears(500);
    expect(await (await transcribe({ model: 'ears', file })).json()).toMatchObject({
      error: { type: 'api_error' },
    });
    const response = await fetch(`${double.url}/v1/audio/transcriptions`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
  });

  test('is trimmed, and is plain text where that is asked for', async () => {
    await start({ models: ['ears'] });
    double.hears(' It hurts. ');
    expect(await (await transcribe({ model: 'ears', file })).json()).toEqual({ text: 'It hurts.' });
    const plain = await transcribe({ model: 'ears', file, response_format: 'text' });
    expect(plain.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await plain.text()).toBe('It hurts.');
  });
});
