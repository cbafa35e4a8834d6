import { withBoldClosed } from '../../src/web/markdown/bold-closed.js';

test.each([
  ['Some **wor', 'Some **wor**'],
  ['Some **words of ', 'Some **words of**'],
  ['Some **words*', 'Some **words**'],
  ['Some **words**', 'Some **words**'],
  ['Some **', 'Some '],
  ['**a** and **b', '**a** and **b**'],
  ['**open\n- **next', '**open\n- **next**'],
  ['nothing to close', 'nothing to close'],
  ['', ''],
])('%j is shown as %j', (text, shown) => {
  expect(withBoldClosed(text)).toBe(shown);
});

test('asterisks in code mean themselves', () => {
  expect(withBoldClosed('```c\nchar **argv')).toBe('```c\nchar **argv');
  expect(withBoldClosed('```c\nx\n```\n**bo')).toBe('```c\nx\n```\n**bo**');
});
