import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Script } from './ollama/script.js';
import { type OllamaDouble, startOllamaDouble } from './ollama/server.js';

interface Line {
  message: { role: string; content: string; thinking?: string };
  done: boolean;
  error?: string;
  [field: string]: unknown;
}

const hello = { model: 'llama3.2', messages: [{ role: 'user', content: 'Hello' }] };
const TOKENS = ['Drink', ' tea', ' 🍵', ' often.'];

describe('the double of Ollama', () => {
  let double: OllamaDouble;

  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(double.url + path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  /** The lines of a streamed answer to `hello`, or to `body`. */
  async function lines(script: Script, body: object = hello): Promise<Line[]> {
    double.script(script);
    const text = await (await post('/api/chat', body)).text();
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
  }

  const contentOf = (all: readonly Line[]): string => all.map(({ message }) => message.content).join('');

  beforeEach(async () => {
    double = await startOllamaDouble({ models: ['llama3.2', 'qwen3:8b'], script: { text: TOKENS } });
  });

  afterEach(async () => {
    await double.stop();
  });

  describe('/api/embed', () => {
    const embed = async (body: unknown): Promise<[number, Record<string, unknown>]> => {
      const response = await post('/api/embed', body);
      return [response.status, (await response.json()) as Record<string, unknown>];
    };

    it('answers a text or a list with unit vectors, in order', async () => {
      const [status, { embeddings, ...rest }] = await embed({ model: 'llama3.2', input: ['Fever', 'Tea'] });
      expect([status, rest]).toEqual([
        200,
        {
          model: 'llama3.2',
          total_duration: expect.any(Number),
          load_duration: expect.any(Number),
          prompt_eval_count: 2,
        },
      ]);
      const [fever, tea] = embeddings as number[][];
      expect(Math.hypot(...(tea ?? []))).toBeCloseTo(1);
      const [, alone] = await embed({ model: 'llama3.2', input: 'Fever', dimensions: 200 });
      const [short] = alone['embeddings'] as number[][];
      expect(short).toHaveLength(200);
      expect(Math.hypot(...(short ?? []))).toBeCloseTo(1);
      expect(fever?.length).toBeGreaterThan(200);
    });

    it('refuses as Ollama does', async () => {
      expect(await embed('')).toEqual([400, { error: 'missing request body' }]);
      expect(await embed({ model: 'llama3.2', input: [1] })).toEqual([400, { error: 'invalid input type' }]);
      expect(await embed({ model: 'none', input: 'a' })).toEqual([404, { error: "model 'none' not found" }]);
      expect(await embed({ model: 'llama3.2' })).toEqual([200, { model: 'llama3.2', embeddings: [] }]);
    });
  });

  describe('/api/chat', () => {
    it('streams a line a token, and a last one with the figures', async () => {
      const response = await post('/api/chat', hello);
      expect(response.headers.get('content-type')).toBe('application/x-ndjson');
      const all = (await response.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
      expect(all).toHaveLength(TOKENS.length + 1);
      expect(all[0]).toEqual({
        model: 'llama3.2',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
        message: { role: 'assistant', content: 'Drink' },
        done: false,
      });
      expect(all.at(-1)).toEqual({
        model: 'llama3.2',
        created_at: expect.any(String),
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: 'stop',
        total_duration: expect.any(Number),
        load_duration: expect.any(Number),
        prompt_eval_count: expect.any(Number),
        prompt_eval_duration: expect.any(Number),
        eval_count: TOKENS.length,
        eval_duration: expect.any(Number),
      });
    });

    it('answers in one object when it may not stream', async () => {
      const response = await post('/api/chat', { ...hello, stream: false });
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(await response.json()).toMatchObject({
        message: { role: 'assistant', content: TOKENS.join('') },
        done: true,
        eval_count: TOKENS.length,
      });
    });

    it.each(['Drink', 'Drink te', 'Drink tea 🍵'])('goes on from %j', async (beginning) => {
      const messages = [...hello.messages, { role: 'assistant', content: beginning }];
      const rest = contentOf(await lines({}, { ...hello, messages }));
      expect(beginning + rest).toBe(TOKENS.join(''));
    });

    it('thinks when it is scripted to, or asked to, but not when it must not', async () => {
      const thought = (all: readonly Line[]): string =>
        all.map(({ message }) => message.thinking ?? '').join('');
      expect(thought(await lines({ thinking: 'Well now.' }))).toBe('Well now.');
      expect(thought(await lines({}, { ...hello, think: true }))).not.toBe('');
      const silent = await lines({ thinking: 'Well now.' }, { ...hello, think: false });
      expect(thought(silent)).toBe('');
      expect(contentOf(silent)).toBe(TOKENS.join(''));
    });

    it('refuses to continue an answer while a model would think', async () => {
      const messages = [...hello.messages, { role: 'assistant', content: 'Drink' }];
      double.script({ thinking: 'Well now.' });
      expect((await post('/api/chat', { ...hello, messages })).status).toBe(400);
    });

    it('repeats its text up to a number of tokens', async () => {
      const all = await lines({ tokenCount: 10 });
      expect(all).toHaveLength(11);
      expect(contentOf(all)).toBe(TOKENS.join('').repeat(2) + TOKENS.slice(0, 2).join(''));
    });

    it('only loads the model when nothing is asked', async () => {
      const load = await (await post('/api/chat', { model: 'llama3.2' })).json();
      expect(load).toMatchObject({
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: 'load',
      });
      const unload = await (await post('/api/chat', { model: 'llama3.2', keep_alive: 0 })).json();
      expect(unload).toMatchObject({ done: true, done_reason: 'unload' });
    });

    it.each([
      ['', 400, 'missing request body'],
      ['{"model":', 400, 'invalid character in the request body'],
      [{ messages: [] }, 400, 'model is required'],
      [
        { model: 'llama3.2', messages: 'Hello' },
        400,
        'json: cannot unmarshal string into Go struct field ChatRequest.messages of type []api.Message',
      ],
      [{ ...hello, model: 'other' }, 404, "model 'other' not found"],
    ])('refuses %j with %d', async (body, status, error) => {
      const response = await post('/api/chat', body);
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({ error });
    });
  });

  describe('the other routes', () => {
    it('/api/generate streams, and answers whole', async () => {
      const streamed = await (await post('/api/generate', { model: 'llama3.2', prompt: 'Hello' })).text();
      const all = streamed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { response: string });
      expect(all.map(({ response }) => response).join('')).toBe(TOKENS.join(''));
      const whole = await post('/api/generate', { model: 'llama3.2', prompt: 'Hello', stream: false });
      expect(await whole.json()).toMatchObject({ response: TOKENS.join(''), done: true, context: [1, 2, 3] });
      expect((await post('/api/generate', {})).status).toBe(404);
    });

    it('tell version, models and one model', async () => {
      const get = async (path: string): Promise<unknown> => (await fetch(double.url + path)).json();
      expect(await get('/api/version')).toEqual({ version: expect.any(String) });
      expect(await get('/api/tags')).toMatchObject({
        models: [{ name: 'llama3.2:latest' }, { name: 'qwen3:8b' }],
      });
      const show = await post('/api/show', { model: 'qwen3:8b' });
      expect(await show.json()).toMatchObject({
        details: { format: 'gguf' },
        capabilities: ['completion', 'thinking'],
      });
      expect(await (await fetch(double.url)).text()).toBe('Ollama is running');
      expect((await fetch(`${double.url}/api/nothing`)).status).toBe(404);
    });
  });

  describe('the log', () => {
    it('tells body, moments and tokens of every request', async () => {
      await (await post('/api/chat', hello)).text();
      const [request] = double.requests();
      expect(request).toMatchObject({ path: '/api/chat', body: hello, status: 200, tokens: TOKENS.length });
      expect(request?.startedAt).toBeLessThanOrEqual(request?.firstTokenAt ?? 0);
      expect(request?.firstTokenAt).toBeLessThanOrEqual(request?.endedAt ?? 0);
      expect(request).not.toHaveProperty('disconnectedAt');
    });

    it.each([0, 2])('tells when a client goes away after %d tokens', async (after) => {
      double.script({ fault: 'stall', after });
      const leave = new AbortController();
      const asked = fetch(`${double.url}/api/chat`, {
        method: 'POST',
        body: JSON.stringify(hello),
        signal: leave.signal,
      }).catch(() => undefined);
      await double.when(({ status, tokens }) => status === 200 && tokens === after);
      leave.abort();
      const gone = await double.when(({ disconnectedAt }) => disconnectedAt !== undefined);
      expect(gone).not.toHaveProperty('endedAt');
      await asked;
    });
  });

  it('is driven by another process over HTTP', async () => {
    await post('/__double/script', { text: 'queued' });
    await post('/__double/script?default', { text: 'default' });
    expect(await (await post('/api/chat', hello)).text()).toContain('queued');
    expect(await (await post('/api/chat', hello)).text()).toContain('default');
    const { requests } = (await (await fetch(`${double.url}/__double/requests`)).json()) as {
      requests: unknown[];
    };
    expect(requests).toEqual(double.requests());
    await fetch(`${double.url}/__double/requests`, { method: 'DELETE' });
    expect(double.requests()).toEqual([]);
  });

  it('ends answers that are under way when it is stopped', async () => {
    double.script({ fault: 'stall', after: 1 });
    const response = await post('/api/chat', hello);
    await double.stop();
    await expect(response.text()).rejects.toThrow('terminated');
    double = await startOllamaDouble();
  });

  it('runs as a process of its own, until it is told to stop', async () => {
    const cli = join(import.meta.dirname, 'ollama', 'cli.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', cli, '--port', '0', '--text', 'from afar'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const response = await fetch(`${url}/api/chat`, { method: 'POST', body: JSON.stringify(hello) });
    expect(await response.text()).toContain('from');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
