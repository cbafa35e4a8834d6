import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { longestPrompt } from '../../src/adapters/ollama/window.js';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import {
  buildPrompt as build,
  estimateTokens,
  historyBytes,
  type PromptSource,
  promptCost,
} from '../../src/generation/prompt.js';
import type { Turn } from '../../src/generation/provider.js';

const buildPrompt = (source: PromptSource) => build(source).prompt;
const user = (text: string): Turn => ({ role: 'user', text });
const assistant = (text: string): Turn => ({ role: 'assistant', text });

/** A conversation as it may be: answers may be missing, empty or long; the last turn asks. */
const conversation = fc
  .tuple(
    fc.array(
      fc.record({
        role: fc.constantFrom('user' as const, 'assistant' as const),
        text: fc.string({ maxLength: 60 }),
      }),
      { maxLength: 12 },
    ),
    fc.string({ minLength: 1, maxLength: 60 }),
  )
  .map(([turns, question]): Turn[] => [...turns, user(question)]);

describe('buildPrompt', () => {
  const source = { system: 'Be kind.', answer: '', budgetTokens: 1000 };

  it('gives all turns, oldest first, when they fit', () => {
    const history = [user('a'), assistant('b'), user('c')];
    expect(buildPrompt({ ...source, history })).toEqual({ system: 'Be kind.', turns: history, answer: '' });
  });

  it('takes disclaimers off answers, and off nothing else', () => {
    const history = [user(`a\n\n${DISCLAIMER}`), assistant(`b\n\n${DISCLAIMER}`), user('c')];
    expect(buildPrompt({ ...source, history }).turns).toEqual([history[0], assistant('b'), user('c')]);
  });

  it('takes the numbers of other passages off answers, when the message has passages of its own', () => {
    const history = [user('a [1]'), assistant('Rest [1][2]. Drink [12].'), user('c')];
    expect(buildPrompt({ ...source, history, passages: 'p' }).turns).toEqual([
      history[0],
      assistant('Rest. Drink.'),
      user('c'),
    ]);
    expect(buildPrompt({ ...source, history }).turns).toEqual(history);
  });

  it.each([
    ['the default disclaimer', DISCLAIMER],
    ['the longest that an operator may have', '⚠'.repeat(2000)],
  ])('needs no more of a conversation than historyBytes says, with %s', (_, disclaimer) => {
    const disclaimers = [disclaimer];
    const pair = [user('q'), assistant(`a\n\n${disclaimer}`)];
    const history = [...Array.from({ length: 1000 }, () => pair).flat(), user('?')];
    const whole = buildPrompt({ ...source, history, disclaimers });
    let bytes = 0;
    const newest = history.toReversed().filter(({ text }) => {
      const enough = bytes >= historyBytes(source.budgetTokens, disclaimers);
      bytes += Buffer.byteLength(text);
      return !enough;
    });
    expect(newest.length).toBeLessThan(history.length);
    expect(buildPrompt({ ...source, history: newest.toReversed(), disclaimers })).toEqual(whole);
  });

  it('drops the oldest turns first', () => {
    const history = [user('a'.repeat(400)), assistant('b'.repeat(400)), user('c'), assistant('d'), user('e')];
    const { turns } = buildPrompt({ ...source, history, budgetTokens: 60 });
    expect(turns).toEqual([user('c'), assistant('d'), user('e')]);
  });

  it('stops at the first turn that does not fit, so that no turn is missing in between', () => {
    const history = [user('a'), assistant('b'.repeat(4000)), user('c')];
    expect(buildPrompt({ ...source, history, budgetTokens: 100 }).turns).toEqual([user('c')]);
  });

  it('does not begin with an answer whose question did not fit', () => {
    const history = [user('a'.repeat(4000)), assistant('b'), user('c')];
    expect(buildPrompt({ ...source, history, budgetTokens: 100 }).turns).toEqual([user('c')]);
  });

  it('keeps the message to be answered, however long', () => {
    const history = [user('a'), assistant('b'), user('c'.repeat(40_000))];
    expect(buildPrompt({ ...source, history, budgetTokens: 10 }).turns).toEqual([history[2]]);
  });

  it('keeps the message to be answered when it has no text, only attachments', () => {
    expect(buildPrompt({ ...source, history: [user('')] }).turns).toEqual([user('')]);
  });

  it('leaves out answers that have no text', () => {
    const history = [user('a'), assistant(''), user('b')];
    expect(buildPrompt({ ...source, history }).turns).toEqual([user('a'), user('b')]);
  });

  it('counts the beginning of the answer against the budget', () => {
    const history = [user('a'), assistant('b'), user('c')];
    const { turns, answer } = buildPrompt({
      ...source,
      history,
      answer: 'd'.repeat(4000),
      budgetTokens: 1000,
    });
    expect(turns).toEqual([user('c')]);
    expect(answer).toHaveLength(4000);
  });

  it('keeps to the budget, begins with a question and ends with the one to be answered', () => {
    fc.assert(
      fc.property(conversation, fc.nat({ max: 400 }), (history, budgetTokens) => {
        const { prompt, omitted } = build({ ...source, history, budgetTokens });
        const spoken = history.filter(({ text }) => text !== '');
        expect(prompt.system).toBe(source.system);
        expect(prompt.turns).toEqual(spoken.slice(spoken.length - prompt.turns.length));
        expect(prompt.turns[0]?.role).toBe('user');
        expect(omitted).toBe(spoken.length - prompt.turns.length);
        expect(prompt.turns.length === 1 || promptCost(prompt) <= budgetTokens).toBe(true);
      }),
    );
  });
});

test('the system prompt leaves room for a question in a window of 4,096 tokens', async () => {
  const system = await readFile('src/generation/system-prompt.md', 'utf8');
  const question = 'Which medicine helps against a cold, and how often may I take it? '.repeat(10);
  const turns = [user(question)];
  const longest = longestPrompt({ contextTokens: 4096, levels: false }, undefined);
  expect(promptCost({ system, turns, answer: '' })).toBeLessThan(longest ?? 0);
});

describe('estimateTokens', () => {
  /** What tokenizers really make of it: the most of Llama 2, Llama 3, cl100k and o200k, measured on these texts. */
  it.each([
    [
      'English',
      'Drink plenty of water and rest. If the fever lasts for more than three days, see a doctor. ',
      24.1,
    ],
    ['German', 'Nehmen Sie täglich Blutdrucksenker und trinken genügend Wasser. ', 21.1],
    ['names of drugs', 'acetylsalicylic hydrochlorothiazide levothyroxine ', 18.1],
    ['capitals', 'TAKE TWO TABLETS ', 8],
    ['digits', '7305528164', 10],
    ['Chinese', '每天喝足够的水，好好休息。如果发烧超过三天，请去看医生。', 38],
    ['Hindi', 'खूब पानी पिएं और आराम करें। अगर बुखार तीन दिन से अधिक रहे तो डॉक्टर से मिलें। ', 84],
    ['emoji', '🩺💊👩‍⚕️🤒', 21],
    ['letters in no order', 'xqzjkvwpbnmdtrghsfyl xkqjzvbwpn ', 20.1],
  ])('is at least what %s costs', (_, text, tokens) => {
    expect(estimateTokens(text.repeat(20))).toBeGreaterThanOrEqual(tokens * 20);
  });

  it('is not much more than English costs, so that history is not left out for nothing', () => {
    const text =
      'Drink plenty of water and rest. If the fever lasts for more than three days, see a doctor. ';
    expect(estimateTokens(text)).toBeLessThan(3 * 21.1);
  });

  it('is never more than the bytes of UTF-8, of which each is a token at most', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(estimateTokens(text)).toBeLessThanOrEqual(Buffer.byteLength(text));
        expect(estimateTokens(text)).toBeGreaterThanOrEqual(Buffer.byteLength(text) / 2);
      }),
    );
  });
});
