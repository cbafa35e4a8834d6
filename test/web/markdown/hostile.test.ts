import { renderToStaticMarkup } from 'react-dom/server';
import { BlockCutter } from '../../../src/web/markdown/blocks.js';
import { elementsOf } from '../../../src/web/markdown/elements.js';
import { spokenText } from '../../../src/web/markdown/spoken-text.js';

/** Each takes some 100 ms. What takes the square of the time, as all did once, would take minutes. */
const MOST_MS = 20_000;
const TIMES = 20_000;

/** One mark after the other. */
const REPEATED = [
  '**a ',
  '*a **b ',
  'a** ',
  '*a_ ',
  '_',
  '~~a ',
  '~',
  '*',
  '**a\n',
  '5*10*2 ',
  '**注意：**每',
  '>',
  '> ',
  '> a\n',
  '> - ',
  '- ',
  '* ',
  '1. ',
  '1. a\n',
  '- a\n* a\n',
  '- a\n\n',
  '> - a\n',
  '[',
  '![',
  '](',
  '[]',
  '[a](',
  '[a](<b',
  '[a](b "',
  '![[]()',
  '[a]: b\n',
  '[a](b) ',
  '`',
  '`a ',
  '``a`',
  '```\n',
  '```a\n~~~b\n',
  '> ```\n',
  '- ```\n',
  '    a\n',
  '<',
  '<a ',
  '<!--',
  '<http://',
  '<br>',
  '&',
  '&amp;',
  '\\',
  '\\\n',
  '|',
  '|a',
  '|a|\n|-|\n',
  '|-|-|\n',
  '# a\n',
  'a\n-\n',
  '---\n',
  'a\n',
  'a\n\n',
  '\n',
  ' ',
  '\t',
  'http://',
  'https://a.b/',
  'https://a.b ',
  'www.',
  'a@',
  'a@b.c ',
  '://',
  'a.',
  '\\(',
  '\\[',
  '\\[\n',
  '$$ a',
  '$$\n',
  '$$x\n\n',
  'e\u0301',
];
const NESTED = {
  brackets: `${'['.repeat(TIMES)}a${']'.repeat(TIMES)}`,
  images: `${'!['.repeat(TIMES)}a${']()'.repeat(TIMES)}`,
  'bold and italic': `${'*a **b '.repeat(TIMES)}${'c** d* '.repeat(TIMES)}`,
  asterisks: `${'*'.repeat(TIMES)}a${'*'.repeat(TIMES)}`,
  'backticks of every length': Array.from({ length: 1000 }, (_, index) => `a${'`'.repeat(index)}`).join(''),
  lists: Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(2 * depth)}- a`).join('\n'),
  quotes: Array.from({ length: TIMES / 10 }, (_, depth) => `${'>'.repeat(depth % 99)}a`).join('\n'),
  'a wide table': `${'|a'.repeat(TIMES)}|\n${'|-'.repeat(TIMES)}|\n|a|`,
  'a long table': `|a|b|\n|-|-|\n${'|a|\n'.repeat(TIMES)}`,
  'a ragged table': `|a|\n|-|\n${`|${'a|'.repeat(40)}\n`.repeat(TIMES / 40)}`,
  'one long word': 'a'.repeat(1_000_000),
};
const HOSTILE: readonly (readonly [string, string])[] = [
  ...REPEATED.map((piece) => [JSON.stringify(piece), piece.repeat(TIMES)] as const),
  ...Object.entries(NESTED),
];

const words = (text: string): string => text.replaceAll(/[^\p{L}]/gu, '');

test.each(HOSTILE)('%s without end is shown in bounded time, growing and whole', (_, text) => {
  const started = performance.now();
  const cutter = new BlockCutter();
  for (const growing of [true, false]) {
    for (const { nodes } of cutter.cut(text, growing)) renderToStaticMarkup(elementsOf(nodes));
  }
  expect(performance.now() - started).toBeLessThan(MOST_MS);
});

test.each(['>', '- ', '> ', '1. ', '> - ', '- > '])('what stands in 2,500 nested %j is not lost', (mark) => {
  expect(spokenText(`${mark.repeat(2500)}the end`)).toContain('the end');
});

test('what stands in deep emphasis is not lost', () => {
  const text = `${'*a **b '.repeat(200)}${'c** d* '.repeat(200)}`;
  expect(words(spokenText(text))).toBe(words(text));
});

test('from where an answer has too many elements on it is plain text, with every character', () => {
  const text = '- a *b*\n\ntext\n\n'.repeat(5000);
  const blocks = new BlockCutter().cut(text, false);
  expect(blocks.at(-1)?.kind).toBe('plain');
  expect(blocks.length).toBeLessThan(10_000);
  expect(words(spokenText(text))).toBe(words(text));
});

test('from where an answer is too long on it is plain text, with every character', () => {
  const text = '🩺'.repeat(200_000);
  const blocks = new BlockCutter().cut(text, true);
  expect(blocks.map(({ kind }) => kind)).toEqual(['paragraph', 'plain']);
  expect(spokenText(text).replaceAll('\n', '')).toBe(text);
});
