import { OllamaProvider, type OllamaProviderOptions } from '../../../src/adapters/ollama/provider.js';
import type { Think } from '../../../src/adapters/ollama/think.js';
import { SystemClock } from '../../../src/adapters/system-clock.js';
import type { Prompt } from '../../../src/generation/provider.js';
import type { ModelSpec } from '../../doubles/ollama/models.js';
import { type OllamaDouble, startOllamaDouble } from '../../doubles/ollama/server.js';

const never = new AbortController().signal;
let ollama: OllamaDouble;

/** What is asked of a model that is as `spec` says. */
async function asked(
  spec: Partial<ModelSpec>,
  text = 'Hello',
  options: Partial<OllamaProviderOptions> = {},
  answer = '',
) {
  const name = spec.name ?? 'llama3.2';
  ollama = await startOllamaDouble({ models: [{ ...spec, name }] });
  const provider = new OllamaProvider({
    hosts: [ollama.url],
    models: [name],
    clock: new SystemClock(),
    ...options,
  });
  const prompt: Prompt = { system: 'Be kind.', turns: [{ role: 'user', text }], answer };
  let error: unknown;
  try {
    for await (const _ of provider.generate(prompt, never)) continue;
  } catch (failure) {
    error = failure;
  }
  const [request] = ollama.requests();
  const body = request?.body as { think?: unknown; options: { num_ctx: number } };
  return { error, think: body.think, window: body.options.num_ctx, dropped: request?.dropped, provider };
}

afterEach(() => ollama.stop());

const THINKS = ['completion', 'thinking'];
const GPT_OSS = { name: 'gpt-oss:20b', capabilities: THINKS, family: 'gptoss' };

describe('think', () => {
  test.each<[string, Partial<ModelSpec>, Think | undefined, unknown]>([
    ['is false unless it is asked for', { capabilities: THINKS }, undefined, false],
    ['is what it was set to', { capabilities: THINKS }, 'true', true],
    ['is a level', { capabilities: THINKS }, 'high', 'high'],
    ['is left to the model', { capabilities: THINKS }, 'auto', undefined],
    ['is not sent to a model without the capability', { capabilities: ['completion'] }, undefined, undefined],
    ['is not sent to it when it is asked for either', { capabilities: ['completion'] }, 'true', undefined],
    ['is the lowest level where there are only levels', GPT_OSS, undefined, 'low'],
    ['is a level there also for true', GPT_OSS, 'true', 'medium'],
  ])('%s', async (_, spec, think, sent) => {
    const result = await asked(spec, 'Hello', think && { think });
    expect(result).toMatchObject({ error: undefined });
    expect(result.think).toBe(sent);
  });

  test('is false when an answer is gone on with', async () => {
    expect((await asked({ capabilities: THINKS }, 'Hello', { think: 'true' }, 'Drink')).think).toBe(false);
  });
});

describe('the window', () => {
  test.each<[string, string, number]>([
    ['a short message', 'Hello', 16_384],
    ['28,889 ASCII characters', 'Take 2 tablets. '.repeat(1806).slice(0, 28_889), 32_768],
    ['32,000 digits', '7'.repeat(32_000), 65_536],
    ['32,000 Chinese characters', '药'.repeat(32_000), 131_072],
    ['30,000 emoji', '🩺'.repeat(30_000), 131_072],
  ])('holds %s, and nothing is dropped', async (_, text, window) => {
    const result = await asked({ contextTokens: 131_072 }, text);
    expect(result).toMatchObject({ error: undefined, dropped: 0, window });
  });

  test('is never more than the model has, or than is allowed', async () => {
    expect((await asked({ contextTokens: 4096 })).window).toBe(4096);
    await ollama.stop();
    expect(
      (await asked({ contextTokens: 131_072 }, '7'.repeat(32_000), { contextTokens: 40_000 })).window,
    ).toBe(40_000);
  });

  test('is that of the Modelfile when a prompt fits in it', async () => {
    expect((await asked({ contextTokens: 131_072, parameters: 'num_ctx 24000' })).window).toBe(24_000);
  });

  test('leaves room for the answer in the longest prompt', async () => {
    const { provider } = await asked({ contextTokens: 8192 });
    expect(await provider.promptTokens(never)).toBe(6144);
  });

  test('that is too small is told, not cut', async () => {
    const { error, dropped } = await asked({ contextTokens: 2048 }, '7'.repeat(3000));
    expect(error).toMatchObject({ code: 'llm_failed', message: expect.stringContaining('window') });
    expect(dropped).toBeUndefined();
  });
});
