import { Product } from '../support/product.js';
import { accountOf } from './report.js';
import { SCENARIOS } from './scenarios.js';

afterAll(() => Product.killAll());

/** Names and sizes: faults (or seconds, of random ones) and conversations. Larger ones: `npm run faults`. */
test.each([
  ['random', 12, 8],
  ['kills', 6, 10],
  ['zombie', 1, 6],
  ['flushes', 3, 10],
  ['snapshot', 2, 6],
  ['deletion', 6, 8],
] as const)(
  'under %s (%d), every client has the whole answer',
  async (name, count, conversations) => {
    const played = await SCENARIOS[name]({
      seed: 1,
      count,
      conversations,
      tokens: [20, 60],
      leaseSeconds: 1,
      ownPostgres: false,
      say: () => {},
    });
    expect(accountOf(played)).toEqual([]);
  },
  300_000,
);
