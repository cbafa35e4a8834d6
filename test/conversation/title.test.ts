import { titleFrom } from '../../src/conversation/title.js';

test('a short first message is the title, on one line', () => {
  expect(titleFrom('  What helps\n\tagainst a cold? ')).toBe('What helps against a cold?');
});

test('a long one is cut between words', () => {
  expect(titleFrom('headache '.repeat(20))).toBe(`${'headache '.repeat(6).trim()} …`);
});

test('where there are no words, no character is cut in two', () => {
  const title = titleFrom('🤒'.repeat(80));
  expect(title).toBe(`${'🤒'.repeat(60)} …`);
  expect(title).not.toMatch(/\p{Surrogate}/u);
});

test('white space gives no title', () => {
  expect(titleFrom(' \n\t')).toBeNull();
});
