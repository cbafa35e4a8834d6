import { DevProvider, type DevProviderName } from '../../../src/adapters/dev-llm/provider.js';
import type { Finished, Prompt } from '../../../src/generation/provider.js';

const clock = { now: () => 0, sleep: async () => {} };
const never = new AbortController().signal;

function provider(name: DevProviderName): DevProvider {
  return new DevProvider(name, { tokensPerSecond: 0, firstTokenMs: 0, clock });
}

function ask(text: string, answer = ''): Prompt {
  return { system: 'Be kind.', turns: [{ role: 'user', text }], answer };
}

async function answerOf(
  name: DevProviderName,
  prompt: Prompt,
): Promise<{ text: string; finished: Finished }> {
  const deltas = provider(name).generate(prompt, never);
  let text = '';
  for (;;) {
    const delta = await deltas.next();
    if (delta.done) return { text, finished: delta.value };
    text += delta.value;
  }
}

const QUESTION = 'What helps against a fever? 🤒\nAnd दर्द?';

describe.each<DevProviderName>(['canned', 'echo', 'markov'])('the provider %s', (name) => {
  it('has its name as model', () => {
    expect(provider(name)).toMatchObject({ name, model: name, continues: true });
  });

  it('answers the same question with the same text', async () => {
    const { text } = await answerOf(name, ask(QUESTION));
    expect(text).not.toBe('');
    expect((await answerOf(name, ask(QUESTION))).text).toBe(text);
  });

  it('goes on from any beginning to exactly the whole text', async () => {
    const { text } = await answerOf(name, ask(QUESTION));
    for (const length of [1, 7, Math.floor(text.length / 2), text.length]) {
      const beginning = text.slice(0, length);
      expect(beginning + (await answerOf(name, ask(QUESTION, beginning))).text).toBe(text);
    }
  });

  it('refuses to go on from a beginning that is not its own', async () => {
    await expect(answerOf(name, ask(QUESTION, 'Something else'))).rejects.toMatchObject({
      name: 'ProviderError',
      code: 'llm_failed',
      message: expect.not.stringContaining('Something else'),
    });
  });

  it('counts tokens', async () => {
    const { finished } = await answerOf(name, ask(QUESTION));
    expect(finished.usage?.promptTokens).toBeGreaterThan(5);
    expect(finished.usage?.completionTokens).toBeGreaterThan(5);
  });

  it('ends with the reason of an abort', async () => {
    const stop = new AbortController();
    const deltas = provider(name).generate(ask(QUESTION), stop.signal);
    await deltas.next();
    stop.abort(new Error('stopped'));
    await expect(deltas.next()).rejects.toThrow('stopped');
  });

  it('is always reachable', async () => {
    expect(await provider(name).reachable()).toBe(true);
  });
});

describe('echo', () => {
  it('answers the newest message, to the letter', async () => {
    const prompt: Prompt = {
      system: '',
      turns: [
        { role: 'user', text: 'first' },
        { role: 'assistant', text: 'first' },
        { role: 'user', text: QUESTION },
      ],
      answer: '',
    };
    expect((await answerOf('echo', prompt)).text).toBe(QUESTION);
  });
});
