import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OllamaProvider, type OllamaProviderOptions } from '../../../src/adapters/ollama/provider.js';
import { SystemClock } from '../../../src/adapters/system-clock.js';
import type { GenerationLimits } from '../../../src/generation/limits.js';
import { type Prompt, ProviderError, type Sign } from '../../../src/generation/provider.js';
import { Watchdog } from '../../../src/generation/watchdog.js';
import {
  type OllamaDouble,
  type OllamaDoubleOptions,
  startOllamaDouble,
} from '../../doubles/ollama/server.js';

const clock = new SystemClock();
const never = new AbortController().signal;
const PROMPT: Prompt = { system: 'Be kind.', turns: [{ role: 'user', text: 'What helps?' }], answer: '' };
/** The first token has much less time than a load, or a wait for seven others, takes. */
const LIMITS = { firstTokenMs: 2000, idleMs: 10_000, totalMs: 60_000, placeMs: 60_000 } as GenerationLimits;

let doubles: OllamaDouble[] = [];

async function double(options: OllamaDoubleOptions): Promise<OllamaDouble> {
  const started = await startOllamaDouble({ models: ['llama3.2'], ...options });
  doubles.push(started);
  return started;
}

function provider(hosts: readonly string[], options: Partial<OllamaProviderOptions> = {}): OllamaProvider {
  return new OllamaProvider({ hosts, models: ['llama3.2'], clock, ...options });
}

/** As a worker takes an answer: a silent model is given up. */
async function answer(from: OllamaProvider, signal = never, limits = LIMITS) {
  const timeout = new AbortController();
  const watchdog = new Watchdog(clock, limits, (error) => timeout.abort(error));
  const signs: Sign['sign'][] = [];
  let text = '';
  try {
    for await (const delta of from.generate(PROMPT, AbortSignal.any([signal, timeout.signal]))) {
      if (typeof delta === 'string') {
        watchdog.heard();
        text += delta;
      } else {
        watchdog.sign(delta.sign);
        signs.push(delta.sign);
      }
    }
    return { text, signs, error: undefined };
  } catch (error) {
    return { text, signs, error: error as Error };
  } finally {
    watchdog.stop();
  }
}

afterEach(async () => {
  await Promise.all(doubles.map((one) => one.stop()));
  doubles = [];
});

const SLOW = { text: 'Rest well and drink tea.', tokensPerSecond: 10 };

test.each([
  ['the places that the worker was told of', 1],
  ['the places that the server keeps to itself', undefined],
])('eight answers take turns at one place, by %s', async (_, parallel) => {
  const ollama = await double({ parallel: 1, script: SLOW });
  const one = provider([ollama.url], { ...(parallel !== undefined && { parallel }) });
  const answers = await Promise.all(Array.from({ length: 8 }, () => answer(one)));
  expect(answers.map(({ error }) => error)).toEqual(Array.from({ length: 8 }, () => undefined));
  expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 8 }, () => SLOW.text));
  expect(ollama.counts().mostWaiting > 0).toBe(parallel === undefined);
});

test('a model that takes longer to load than a first token may is answered with at the first attempt', async () => {
  const ollama = await double({ loadMs: 5000, script: SLOW });
  const { text, signs, error } = await answer(provider([ollama.url]));
  expect(error).toBeUndefined();
  expect(text).toBe(SLOW.text);
  expect(signs).toContain('loading');
  expect(ollama.counts()).toMatchObject({ loads: 1, abortedLoads: 0 });
});

test('a model that is loaded and says nothing is given up', async () => {
  const ollama = await double({ script: { fault: 'stall' } });
  const { error } = await answer(provider([ollama.url]));
  expect(error).toMatchObject({ code: 'llm_timeout' });
  await ollama.when(({ disconnectedAt }) => disconnectedAt !== undefined);
});

test('a wait for a place that is aborted leaves the queue', async () => {
  const ollama = await double({ script: { fault: 'stall', after: 1 } });
  const one = provider([ollama.url], { parallel: 1 });
  const stop = new AbortController();
  const first = answer(one, stop.signal);
  await ollama.when(({ tokens }) => tokens === 1);
  const leave = new AbortController();
  const second = answer(one, leave.signal);
  ollama.defaultScript(SLOW);
  const third = answer(one);
  leave.abort(new Error('left'));
  expect((await second).error).toMatchObject({ message: 'left' });
  stop.abort(new Error('stopped'));
  await first;
  expect((await third).text).toBe(SLOW.text);
  expect(ollama.requests()).toHaveLength(2);
});

test('a wait for a place has a limit of its own, longer or shorter than that of a first token', async () => {
  const ollama = await double({ script: { fault: 'stall', after: 1 } });
  const one = provider([ollama.url], { parallel: 1 });
  const stop = new AbortController();
  const first = answer(one, stop.signal);
  await ollama.when(({ tokens }) => tokens === 1);
  const { error } = await answer(one, never, { ...LIMITS, placeMs: 300 });
  expect(error).toMatchObject({ code: 'llm_unavailable', message: 'no model server had a place in time' });
  ollama.defaultScript({ ...SLOW, tokensPerSecond: 0 });
  const patient = answer(one, never);
  // Longer than a first token may take.
  await clock.sleep(LIMITS.firstTokenMs + 500);
  stop.abort(new Error('stopped'));
  await first;
  expect(await patient).toMatchObject({ text: SLOW.text, error: undefined });
});

test('the least busy host is asked, and one that is away is skipped until it answers', async () => {
  const [left, right] = await Promise.all([double({ script: SLOW }), double({ script: SLOW })]);
  const both = provider([left.url, right.url]);
  await Promise.all(Array.from({ length: 4 }, () => answer(both)));
  expect([left.requests().length, right.requests().length]).toEqual([2, 2]);
  await left.stop();
  doubles = [right];
  const answers = await Promise.all(Array.from({ length: 4 }, () => answer(both)));
  expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 4 }, () => SLOW.text));
  const again = await double({ port: Number(new URL(left.url).port), script: SLOW });
  while (again.requests().length === 0) await Promise.all([answer(both), answer(both)]);
});

test('all hosts away is llm_unavailable', async () => {
  const gone = await double({});
  await gone.stop();
  doubles = [];
  const { error } = await answer(provider([gone.url, gone.url]));
  expect(error).toBeInstanceOf(ProviderError);
  expect(error).toMatchObject({ code: 'llm_unavailable' });
});

test('a full queue of a server at work is waited for', async () => {
  const ollama = await double({ script: SLOW });
  const one = provider([ollama.url]);
  const first = answer(one);
  await ollama.when(({ tokens }) => tokens > 0);
  ollama.script({ fault: 'unavailable' });
  const { text, signs } = await answer(one);
  expect(text).toBe(SLOW.text);
  expect(signs).toContain('queued');
  expect((await first).text).toBe(SLOW.text);
});

describe('as lenient as the wire', () => {
  let server: Server;

  async function says(body: string): Promise<OllamaProvider> {
    server = createServer((request, response) => {
      response.writeHead(request.url === '/api/chat' ? 200 : 404).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return provider([`http://127.0.0.1:${(server.address() as AddressInfo).port}`]);
  }

  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  const line = (message: object) => `${JSON.stringify({ model: 'm', message, done: false })}\n`;
  const DONE = `${JSON.stringify({ done: true, done_reason: 'stop' })}\n`;

  test.each([
    ['a last line without a message', line({ role: 'assistant', content: 'Rest.' }) + DONE],
    [
      'null as content beside tool calls and thoughts',
      line({ content: null, tool_calls: [] }) +
        line({ content: null, thinking: 'Hm.' }) +
        line({ content: 'Rest.' }) +
        DONE,
    ],
    ['blank lines', `\r\n\n${line({ content: 'Rest.' })}\r\n \n${DONE}\r`],
  ])('%s', async (_, body) => {
    expect(await answer(await says(body))).toMatchObject({ text: 'Rest.', error: undefined });
  });
});
