import { marksIn, searchTerms } from '../../src/conversation/search-words.js';

test('a term that is repeated counts once, but for the last one, which may be a beginning', () => {
  expect(searchTerms('a '.repeat(100))).toEqual([['a'], ['a']]);
  expect(searchTerms('A b a c')).toEqual([['a'], ['b'], ['c']]);
  expect(searchTerms('发烧 发烧 发烧')).toEqual([
    ['发', '烧'],
    ['发', '烧'],
  ]);
});

test('each place is marked once, with the longest of the terms that are there', () => {
  expect(marksIn('ab a', searchTerms('a a'))).toEqual([
    { start: 0, end: 2 },
    { start: 3, end: 4 },
  ]);
  expect(marksIn('发烧了', searchTerms('发 发烧 了'))).toEqual([
    { start: 0, end: 2 },
    { start: 2, end: 3 },
  ]);
  expect(marksIn('ab', searchTerms('a ab'))).toBeUndefined();
});

test('a text may have a word very often', () => {
  expect(marksIn('a '.repeat(300_000), searchTerms('a'))).toHaveLength(300_000);
});
