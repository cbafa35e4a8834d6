import * as fc from 'fast-check';
import { GrowingBytes } from '../../src/adapters/growing-bytes.js';

const LIMIT = 5000;

describe('growing bytes', () => {
  it('keep the newest, within twice the limit, and never change what they handed out', () => {
    const pieces = fc.array(fc.integer({ min: 0, max: LIMIT }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, (pieces) => {
        const bytes = new GrowingBytes(Buffer.from('start'), 100, LIMIT);
        let whole = Buffer.concat([Buffer.alloc(100), Buffer.from('start')]);
        const views: { view: Buffer; copy: Buffer }[] = [];
        for (const [index, length] of pieces.entries()) {
          const piece = Buffer.alloc(length, index + 1);
          bytes.append(piece);
          whole = Buffer.concat([whole, piece]);
          const kept = bytes.from(bytes.start);
          expect(bytes.end).toBe(whole.length);
          expect(kept.equals(whole.subarray(bytes.start))).toBe(true);
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(LIMIT, whole.length - 100));
          expect(kept.length).toBeLessThanOrEqual(2 * LIMIT);
          views.push({ view: kept, copy: Buffer.from(kept) });
        }
        expect(views.every(({ view, copy }) => view.equals(copy))).toBe(true);
      }),
    );
  });

  it('hand out a part, and nothing from beyond the end', () => {
    const bytes = new GrowingBytes(Buffer.from('abcdef'), 10);
    expect(bytes.from(12, 3).toString()).toBe('cde');
    expect(bytes.from(14, 3).toString()).toBe('ef');
    expect(bytes.from(16).length + bytes.from(99, 3).length).toBe(0);
  });

  it('forget from a position on, but not in what they handed out', () => {
    const bytes = new GrowingBytes(Buffer.from('abcdef'));
    const view = bytes.from(0);
    bytes.truncate(3);
    bytes.append(Buffer.from('xyz'));
    expect(bytes.from(0).toString()).toBe('abcxyz');
    expect(view.toString()).toBe('abcdef');
  });
});
