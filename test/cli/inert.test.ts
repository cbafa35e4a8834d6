import * as fc from 'fast-check';
import { inert } from '../../src/cli/inert.js';
import { Output, painted } from '../../src/cli/output.js';

/** What a terminal obeys: C0 but line feed and tab, DEL, C1, and the overrides of the writing direction. */
function isObeyed(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n' || character === '\t') return false;
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x202d || code === 0x202e;
}

const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCharCode(code)),
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]52;c;aGk=\u0007',
        '\u009b2J',
        '\r\n',
        '\r',
        '\u202e',
        '39 °C',
        'नमस्ते',
        '👩🏽‍⚕️',
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

test('whatever the text, nothing is left that a terminal obeys, and all else is there in its order', () => {
  fc.assert(
    fc.property(text, (said) => {
      const shown = inert(said);
      expect(Array.from(shown).filter(isObeyed)).toEqual([]);
      const expected = Array.from(said.replaceAll('\r\n', '\n'));
      const actual = Array.from(shown);
      expect(actual).toHaveLength(expected.length);
      for (const [index, character] of expected.entries()) {
        if (isObeyed(character)) expect(actual[index]).toMatch(/^[\u2400-\u2421\ufffd]$/);
        else expect(actual[index]).toBe(character);
      }
    }),
    { numRuns: 2000 },
  );
});

test('however a text is cut into pieces, its pieces are inert', () => {
  fc.assert(
    fc.property(text, fc.nat(30), (said, at) => {
      const shown = inert(said.slice(0, at)) + inert(said.slice(at));
      expect(Array.from(shown).filter(isObeyed)).toEqual([]);
    }),
  );
});

test('controls are shown as signs', () => {
  expect(inert('a\u001b[2Jb\rc\u007f\u009b2J\td\r\n')).toBe('a␛[2Jb␍c␡\ufffd2J\td\n');
});

describe.each([
  { isTTY: true, env: {}, shown: '\u001b[31m␛[2J\u001b[39m and ␛[2J' },
  { isTTY: true, env: { NO_COLOR: '1' }, shown: '␛[2J and ␛[2J' },
  { isTTY: true, env: { TERM: 'dumb' }, shown: '␛[2J and ␛[2J' },
  { isTTY: false, env: {}, shown: '\u001b[2J and \u001b[2J' },
])('an output with $env, a terminal: $isTTY', ({ isTTY, env, shown }) => {
  test('colours its own parts, and lets nothing else through to a terminal', () => {
    const written: string[] = [];
    const stream = { isTTY, write: (piece: string) => written.push(piece) } as never;
    new Output(stream, env).write(painted('red', '\u001b[2J'), ' and \u001b[2J');
    expect(written).toEqual([shown]);
  });
});
