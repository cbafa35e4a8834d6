import * as fc from 'fast-check';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { buildPrompt, estimateTokens, historyBytes } from '../../src/generation/prompt.js';
import type { Turn } from '../../src/generation/provider.js';

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

  it('needs no more of a conversation than historyBytes says', () => {
    const pair = [user('q'), assistant(`a\n\n${DISCLAIMER}`)];
    const history = [...Array.from({ length: 1000 }, () => pair).flat(), user('?')];
    const whole = buildPrompt({ ...source, history });
    let bytes = 0;
    const newest = history.toReversed().filter(({ text }) => {
      const enough = bytes >= historyBytes(source.budgetTokens);
      bytes += Buffer.byteLength(text);
      return !enough;
    });
    expect(newest.length).toBeLessThan(history.length);
    expect(buildPrompt({ ...source, history: newest.toReversed() })).toEqual(whole);
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
      fc.property(conversation, fc.nat({ max: 200 }), (history, budgetTokens) => {
        const { turns } = buildPrompt({ ...source, history, budgetTokens });
        const spoken = history.filter(({ text }) => text !== '');
        expect(turns).toEqual(spoken.slice(spoken.length - turns.length));
        expect(turns[0]?.role).toBe('user');
        const estimate = turns.reduce(
          (sum, { text }) => sum + estimateTokens(text),
          estimateTokens('Be kind.'),
        );
        expect(turns.length === 1 || estimate <= budgetTokens).toBe(true);
      }),
    );
  });
});

describe('estimateTokens', () => {
  it('counts bytes, not characters', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('abcd')).toBe(1);
    expect(estimateTokens('abcde')).toBe(2);
    expect(estimateTokens('दर्द')).toBe(3);
  });
});
