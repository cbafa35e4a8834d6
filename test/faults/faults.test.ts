import { Product } from '../support/product.js';
import { sized } from '../support/size.js';
import { accountOf } from './report.js';
import { FULL_SIZES, SCENARIOS } from './scenarios.js';

afterAll(() => Product.killAll());

/** Names and sizes in `npm test`: faults (or seconds, of random ones) and conversations. */
test.each([
  ['random', 8, 6],
  ['kills', 3, 6],
  ['zombie', 1, 4],
  ['flushes', 2, 6],
  ['snapshot', 1, 4],
  ['deletion', 3, 4],
] as const)(
  'under the faults of the scenario %s, every client has the whole answer',
  async (name, count, conversations) => {
    const full = FULL_SIZES[name];
    const played = await SCENARIOS[name]({
      seed: 1,
      count: sized(count, full.count),
      conversations: sized(conversations, full.conversations),
      tokens: [20, 60],
      leaseSeconds: 1,
      ownPostgres: false,
      say: () => {},
    });
    expect(accountOf(played)).toEqual([]);
  },
  // The longest takes ten minutes at full size.
  sized(300_000, 6_000_000),
);
