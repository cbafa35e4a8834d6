import { PassThrough } from 'node:stream';
import { AnswerWriter, STARTS_OVER } from '../../src/cli/chat/answer-writer.js';

/** What is printed of an answer that has these contents one after the other. */
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

test('an answer that starts over is printed again after a line that says so', () => {
  expect(printed('Drink', 'Drink w', '', 'Re', 'Rest.')).toBe(`Drink w${STARTS_OVER}Rest.\n`);
});

test('the same when it starts over with a prefix of the printed text', () => {
  expect(printed('Drink water', 'Drink', 'Drink tea.')).toBe(`Drink water${STARTS_OVER}Drink tea.\n`);
});

test('an empty answer prints nothing', () => {
  expect(printed('')).toBe('');
});
