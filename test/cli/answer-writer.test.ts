import { PassThrough } from 'node:stream';
import { AnswerWriter, STARTS_OVER } from '../../src/cli/chat/answer-writer.js';

/** What is printed when an answer is seen to grow so. */
function printed(...contents: string[]): string {
  const out = new PassThrough({ encoding: 'utf8' });
  const writer = new AnswerWriter(out);
  for (const content of contents) writer.show(content);
  writer.end();
  return String(out.read() ?? '');
}

test('prints each piece once', () => {
  expect(printed('', 'Drink', 'Drink', 'Drink water.')).toBe('Drink water.\n');
});

test('an answer that starts over comes anew after a line that says so', () => {
  expect(printed('Drink', 'Drink w', '', 'Re', 'Rest.')).toBe(`Drink w${STARTS_OVER}Rest.\n`);
});

test('one that starts over with less of the same words says so too', () => {
  expect(printed('Drink water', 'Drink', 'Drink tea.')).toBe(`Drink water${STARTS_OVER}Drink tea.\n`);
});

test('no answer is no line', () => {
  expect(printed('')).toBe('');
});
