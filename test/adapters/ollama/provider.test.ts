import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { OllamaProvider, type OllamaProviderOptions } from '../../../src/adapters/ollama/provider.js';
import { SystemClock } from '../../../src/adapters/system-clock.js';
import { type Delta, type Finished, type Prompt, ProviderError } from '../../../src/generation/provider.js';
import type { Script } from '../../doubles/ollama/script.js';
import { type OllamaDouble, startOllamaDouble } from '../../doubles/ollama/server.js';

const never = new AbortController().signal;
const PROMPT: Prompt = {
  system: 'Be kind.',
  turns: [
    { role: 'user', text: 'Hello' },
    { role: 'assistant', text: 'Hello!' },
    { role: 'user', text: 'What helps against a cold?' },
  ],
  answer: '',
};
const THINKING = { sign: 'thinking' };
const TOKENS = ['Drink', ' hot', ' tea', ' 🍵', ' and', ' rest.'];
const TEXT = TOKENS.join('');

interface Answered {
  text: string;
  deltas: Delta[];
  finished?: Finished;
  error?: unknown;
}

/** Everything that came, also before an error. */
async function answer(provider: OllamaProvider, prompt: Prompt = PROMPT, signal = never): Promise<Answered> {
  const answered: Answered = { text: '', deltas: [] };
  const generation = provider.generate(prompt, signal);
  try {
    for (;;) {
      const delta = await generation.next();
      if (delta.done) return { ...answered, finished: delta.value };
      answered.deltas.push(delta.value);
      if (typeof delta.value === 'string') answered.text += delta.value;
    }
  } catch (error) {
    return { ...answered, error };
  }
}

describe('OllamaProvider', () => {
  let ollama: OllamaDouble;

  const provider = (options: Partial<OllamaProviderOptions> = {}): OllamaProvider =>
    new OllamaProvider({ hosts: [ollama.url], models: ['llama3.2'], clock: new SystemClock(), ...options });

  const thinking = (): OllamaProvider => provider({ think: 'true' });

  const scripted = (script: Script): void => ollama.script({ text: TOKENS, ...script });

  const lastBody = (): unknown => ollama.requests().at(-1)?.body;

  beforeEach(async () => {
    ollama = await startOllamaDouble({ models: ['llama3.2'] });
  });

  afterEach(async () => {
    await ollama.stop();
  });

  it('streams the text as it comes, and tells the counts', async () => {
    scripted({});
    const { deltas, finished } = await answer(provider());
    expect(deltas.filter((delta) => typeof delta === 'string')).toEqual(TOKENS);
    expect(finished?.usage).toEqual({ promptTokens: expect.any(Number), completionTokens: TOKENS.length });
    expect(finished?.usage?.promptTokens).toBeGreaterThan(0);
  });

  it('gives out the first text while the rest is still to come', async () => {
    scripted({ fault: 'stall', after: 1 });
    const stop = new AbortController();
    const generation = provider().generate(PROMPT, stop.signal);
    expect(await generation.next()).toEqual({ done: false, value: 'Drink' });
    stop.abort(new Error('stopped'));
    await expect(generation.next()).rejects.toThrow('stopped');
  });

  it('sends system prompt and turns in order, and asks for a stream', async () => {
    await answer(provider());
    expect(lastBody()).toEqual({
      model: 'llama3.2',
      stream: true,
      think: false,
      truncate: false,
      shift: false,
      options: { num_ctx: 16_384 },
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hello!' },
        { role: 'user', content: 'What helps against a cold?' },
      ],
    });
  });

  it('sends no system message when there is none', async () => {
    await answer(provider(), { ...PROMPT, system: '' });
    expect(lastBody()).toMatchObject({
      messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }],
    });
  });

  it('sends a text that is the path of a file as text', async () => {
    const { filename } = import.meta;
    await answer(provider(), { ...PROMPT, turns: [{ role: 'user', text: filename }] });
    expect(lastBody()).toMatchObject({ messages: [expect.anything(), { role: 'user', content: filename }] });
  });

  describe('continuing an answer', () => {
    it('sends its beginning as last message and gives out what follows', async () => {
      scripted({});
      const { text } = await answer(provider(), { ...PROMPT, answer: 'Drink hot' });
      expect(`Drink hot${text}`).toBe(TEXT);
      expect(lastBody()).toMatchObject({
        messages: expect.arrayContaining([{ role: 'assistant', content: 'Drink hot' }]),
      });
    });

    it('asks a thinking model not to think again, or it would refuse', async () => {
      scripted({ thinking: 'They have a cold.' });
      const { text, error } = await answer(provider(), { ...PROMPT, answer: 'Drink' });
      expect(error).toBeUndefined();
      expect(`Drink${text}`).toBe(TEXT);
      expect(lastBody()).toMatchObject({ think: false });
    });

    it('ends well when there is nothing to add', async () => {
      scripted({});
      const { text, finished } = await answer(provider(), { ...PROMPT, answer: TEXT });
      expect(text).toBe('');
      expect(finished).toBeDefined();
    });
  });

  describe('thinking', () => {
    it('is not in the text, but shows as signs of life', async () => {
      scripted({ thinking: 'They have a cold.' });
      const { text, deltas } = await answer(thinking());
      expect(text).toBe(TEXT);
      expect(deltas.slice(0, 5)).toEqual([THINKING, THINKING, THINKING, THINKING, 'Drink']);
    });

    it('is not in the text when an older model writes it there', async () => {
      ollama.script({ text: ['<thi', 'nk>They', ' have a cold.</th', 'ink>', '\n\n', ...TOKENS] });
      expect((await answer(provider())).text).toBe(TEXT);
    });
  });

  describe('however the bytes arrive', () => {
    it.each(['split', 'burst'] as const)('reads lines that come %s', async (writes) => {
      scripted({ writes });
      expect((await answer(provider())).text).toBe(TEXT);
    });

    it('reads a whole answer when it may not stream', async () => {
      scripted({ thinking: 'They have a cold.' });
      const { text, finished } = await answer(provider({ stream: false, think: 'true' }));
      expect(text).toBe(TEXT);
      expect(finished?.usage?.completionTokens).toBe(TOKENS.length + 4);
      expect(lastBody()).toMatchObject({ stream: false });
    });
  });

  describe('failures', () => {
    const cases: [string, Script, ProviderError['code'], string][] = [
      ['no such model', { fault: 'not-found' }, 'llm_failed', ''],
      ['status 500', { fault: 'error' }, 'llm_failed', ''],
      ['status 503', { fault: 'unavailable' }, 'llm_unavailable', ''],
      ['an error line at once', { fault: 'error-line' }, 'llm_failed', ''],
      ['an error line', { fault: 'error-line', after: 2 }, 'llm_failed', 'Drink hot'],
      ['a line that is no JSON', { fault: 'garbage', after: 2 }, 'llm_failed', 'Drink hot'],
      ['an end without done', { fault: 'no-done', after: 2 }, 'llm_failed', 'Drink hot'],
      ['an end without anything', { fault: 'no-done' }, 'llm_failed', ''],
      ['a socket cut at once', { fault: 'cut' }, 'llm_failed', ''],
      ['a cut socket', { fault: 'cut', after: 2 }, 'llm_failed', 'Drink hot'],
      ['a model that was only loaded', { text: [], doneReason: 'load' }, 'llm_failed', ''],
    ];

    it.each(cases)('%s', async (_, script, code, before) => {
      scripted(script);
      const { text, error } = await answer(provider());
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ code });
      expect(text).toBe(before);
    });

    it.each(cases)('%s, when the answer comes whole', async (_, script, code) => {
      scripted(script);
      const { error } = await answer(provider({ stream: false }));
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ code });
    });

    it('are told without a word of prompt or answer, and print nothing', async () => {
      const printed = (['log', 'warn', 'error'] as const).map((method) => jest.spyOn(console, method));
      for (const [, script] of cases) {
        scripted(script);
        const { error } = await answer(provider());
        expect(inspect(error, { depth: 5 })).not.toMatch(/Drink|against a cold|Be kind|upstream/);
      }
      for (const method of printed) {
        expect(method).not.toHaveBeenCalled();
        method.mockRestore();
      }
    });

    it('nobody listens', async () => {
      await ollama.stop();
      const { error } = await answer(provider());
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ code: 'llm_unavailable' });
    });

    it('no such host', async () => {
      const { error } = await answer(provider({ hosts: ['http://nowhere.invalid:11434'] }));
      expect(error).toMatchObject({ code: 'llm_unavailable' });
    });
  });

  describe('an abort', () => {
    it.each([
      ['before the headers', 0],
      ['in mid-answer', 2],
    ])('%s ends the request at the server', async (_, after) => {
      scripted({ fault: 'stall', after });
      const stop = new AbortController();
      const answered = answer(provider(), PROMPT, stop.signal);
      await ollama.when(({ status, tokens }) => status === 200 && tokens === after);
      stop.abort(new Error('stopped by the user'));
      expect((await answered).error).toBe(stop.signal.reason);
      expect(await ollama.when(({ disconnectedAt }) => disconnectedAt !== undefined)).toMatchObject({
        path: '/api/chat',
        tokens: after,
      });
    });

    it('before the call asks nothing', async () => {
      const { error } = await answer(provider(), PROMPT, AbortSignal.abort(new Error('stopped')));
      expect(error).toMatchObject({ message: 'stopped' });
      expect(ollama.requests()).toEqual([]);
    });

    it('of a caller that only stops listening ends the request too', async () => {
      scripted({ fault: 'stall', after: 2 });
      const generation = provider().generate(PROMPT, never);
      await generation.next();
      await generation.return({});
      await ollama.when(({ disconnectedAt }) => disconnectedAt !== undefined);
    });

    it('leaves other answers alone', async () => {
      scripted({ fault: 'stall', after: 1 });
      scripted({ tokensPerSecond: 100 });
      const stop = new AbortController();
      const one = provider();
      const stopped = answer(one, PROMPT, stop.signal);
      await ollama.when(({ tokens }) => tokens === 1);
      const other = answer(one);
      stop.abort();
      await stopped;
      expect((await other).text).toBe(TEXT);
    });
  });

  describe('reachable', () => {
    it('is true when Ollama answers', async () => {
      expect(await provider().reachable(never)).toBe(true);
    });

    it('is false when nobody listens', async () => {
      await ollama.stop();
      expect(await provider().reachable(never)).toBe(false);
    });

    it('is false when the caller waits no longer for a server that says nothing', async () => {
      const stop = new AbortController();
      const silent = createServer(() => stop.abort()).listen(0, '127.0.0.1');
      await new Promise((resolve) => silent.once('listening', resolve));
      const { port } = silent.address() as { port: number };
      expect(await provider({ hosts: [`http://127.0.0.1:${port}`] }).reachable(stop.signal)).toBe(false);
      await new Promise((resolve) => silent.close(resolve));
    });
  });
});
