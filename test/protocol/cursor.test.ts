import * as fc from 'fast-check';
import {
  afterAccepted,
  beforeAccepted,
  type Cursor,
  compareCursors,
  formatCursor,
  parseCursor,
  textPosition,
} from '../../src/protocol/cursor.js';

const part = fc.nat({ max: 9_999_999_999 });
const cursor: fc.Arbitrary<Cursor> = fc.record({ seq: part, attempt: part, position: part });

describe('a cursor', () => {
  it('is read back as it was written', () => {
    fc.assert(fc.property(cursor, (cursor) => expect(parseCursor(formatCursor(cursor))).toEqual(cursor)));
  });

  it.each([
    '',
    '1',
    '1.2',
    '1.2.3.4',
    '01.0.0',
    '1.-2.3',
    '1.2.3 ',
    '1.2.x',
    '１.2.3',
    '1.2.12345678901',
    '1e3.0.0',
    '1..3',
  ])('is not %j', (text) => {
    expect(parseCursor(text)).toBeUndefined();
  });

  it('is compared as numbers, from left to right', () => {
    const ordered = ['1.9.99', '2.0.0', '2.0.1', '2.1.0', '2.1.9', '2.1.10', '2.10.0', '10.0.0'].map(
      parseCursor,
    ) as Cursor[];
    for (const [index, one] of ordered.entries()) {
      for (const [other, another] of ordered.entries()) {
        expect(Math.sign(compareCursors(one, another))).toBe(Math.sign(index - other));
      }
    }
  });

  it('stands before or after the `accepted`, without any text', () => {
    expect(formatCursor(beforeAccepted(3))).toBe('3.0.0');
    expect(formatCursor(afterAccepted(3))).toBe('3.0.1');
    expect(textPosition(beforeAccepted(3))).toBe(0);
    expect(textPosition(afterAccepted(3))).toBe(0);
    expect(textPosition({ seq: 3, attempt: 1, position: 7 })).toBe(7);
  });
});
