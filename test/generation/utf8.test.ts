import * as fc from 'fast-check';
import { startsInsideCharacter, wholeCharacters } from '../../src/generation/utf8.js';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });

describe('text cut anywhere', () => {
  it('is cut back to whole characters, and to no fewer', () => {
    fc.assert(
      fc.property(text, fc.nat(), (text, at) => {
        const bytes = Buffer.from(text);
        const cut = bytes.subarray(0, at % (bytes.length + 1));
        const whole = wholeCharacters(cut);
        expect(text.startsWith(whole.toString())).toBe(true);
        expect(cut.length - whole.length).toBeLessThan(4);
        expect(startsInsideCharacter(bytes, whole.length)).toBe(false);
        if (whole.length < cut.length) expect(startsInsideCharacter(bytes, cut.length)).toBe(true);
      }),
    );
  });

  it('knows the places inside a character', () => {
    const bytes = Buffer.from('aß€👋');
    const inside = [...bytes.keys(), bytes.length].filter((at) => startsInsideCharacter(bytes, at));
    expect(inside).toEqual([2, 4, 5, 7, 8, 9]);
  });
});
