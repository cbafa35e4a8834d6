import * as fc from 'fast-check';
import { exceededBound } from '../../src/schemas/json-bounds.js';

const BOUNDS = { depth: 3, values: 6 };

test.each([
  ['{}', undefined],
  ['[[[1]]]', undefined],
  ['[[[[1]]]]', 'depth'],
  ['[1,2,3,4,5,6]', undefined],
  ['[1,2,3,4,5,6,7]', 'values'],
  ['{"a":"[[[[[[[[,,,,,,,,,"}', undefined],
  ['{"a":"\\"[[[[[[[[,,,,,,,,"}', undefined],
  ['{"a":"\\\\","b":[[[1]]]}', 'depth'],
  ['{"a":"', undefined],
  ['', undefined],
] as const)('%j exceeds %s', (text, bound) => {
  expect(exceededBound(text, BOUNDS)).toBe(bound);
});

test('a value within the bounds is found to be, and one beyond is not, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const depth = depthOf(value);
      const text = JSON.stringify(value);
      expect(exceededBound(text, { depth, values: Infinity })).toBeUndefined();
      if (depth > 0) expect(exceededBound(text, { depth: depth - 1, values: Infinity })).toBe('depth');
    }),
  );
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
