import * as fc from 'fast-check';
import { isWritable, WritableText } from '../../src/generation/writable.js';

/** Any string at all: halves of pairs and U+0000 are as likely as letters. */
const anyString = fc
  .array(
    fc.oneof(
      fc.constantFrom('\0', '\uD83D', '\uDE00', '😀', '\uFFFD', 'a', 'é', '\n'),
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
  )
  .map((parts) => parts.join(''));

/** A string, cut anywhere: between any two UTF-16 units, also into empty pieces. */
const cutString = anyString.chain((text) =>
  fc.array(fc.nat({ max: text.length })).map((cuts) => {
    const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
    return { text, pieces: places.slice(1).map((end, index) => text.slice(places[index], end)) };
  }),
);

function written(pieces: readonly string[]): string {
  const writable = new WritableText();
  return pieces.map((piece) => writable.push(piece)).join('') + writable.end();
}

describe('WritableText', () => {
  it('writes the same text however it was cut', () => {
    fc.assert(
      fc.property(cutString, ({ text, pieces }) => {
        expect(written(pieces)).toBe(written([text]));
      }),
    );
  });

  it('only ever writes what Postgres stores and UTF-8 carries', () => {
    fc.assert(
      fc.property(cutString, ({ pieces }) => {
        const writable = new WritableText();
        for (const piece of pieces) expect(isWritable(writable.push(piece))).toBe(true);
        expect(isWritable(writable.end())).toBe(true);
      }),
    );
  });

  it('changes nothing in text that is writable already', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }).filter(isWritable), (text) => {
        expect(written([text])).toBe(text);
      }),
    );
  });

  it('keeps the number of UTF-16 units', () => {
    fc.assert(
      fc.property(anyString, (text) => {
        expect(written([text])).toHaveLength(text.length);
      }),
    );
  });

  it('holds the first half of a pair back until the other is there', () => {
    const writable = new WritableText();
    expect(writable.push('a\uD83D')).toBe('a');
    expect(writable.push('')).toBe('');
    expect(writable.push('\uDE00b')).toBe('😀b');
    expect(writable.end()).toBe('');
  });

  it('replaces halves that stay alone, and U+0000', () => {
    expect(written(['\uDE00a\uD83D', 'b\0c\uD83D'])).toBe('\uFFFDa\uFFFDb\uFFFDc\uFFFD');
  });
});

describe('isWritable', () => {
  it('agrees with String.prototype.isWellFormed, and refuses U+0000', () => {
    fc.assert(
      fc.property(anyString, (text) => {
        const wellFormed = (text as string & { isWellFormed(): boolean }).isWellFormed();
        expect(isWritable(text)).toBe(wellFormed && !text.includes('\0'));
      }),
    );
  });
});
