import { markovAnswer } from '../../../src/adapters/dev-llm/markov.js';
import { tokenize } from '../../../src/adapters/dev-llm/pace.js';

describe('markovAnswer', () => {
  it.each([1, 100, 4000])('is at least %d tokens long, up to the end of a sentence', (tokens) => {
    const text = markovAnswer('seed', tokens);
    expect(tokenize(text).length).toBeGreaterThanOrEqual(tokens);
    expect(tokenize(text).length).toBeLessThan(tokens + 200);
    expect(text.endsWith('.')).toBe(true);
  });

  it('is another text for another seed', () => {
    expect(markovAnswer('a', 100)).not.toBe(markovAnswer('b', 100));
  });

  it('begins alike whatever its length', () => {
    expect(markovAnswer('a', 500).startsWith(markovAnswer('a', 50))).toBe(true);
  });
});
