/** Set by `npm run test:long`. */
const isLong = process.env['VEDA_TEST_LONG'] === '1';

/** How often a test repeats what it does: `npm test` has the small number, `npm run test:long` the large one. */
export function sized(small: number, large: number): number {
  return isLong ? large : small;
}
