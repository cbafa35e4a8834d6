import type * as history from './history.js';
import { MUTATIONS, type Mutation } from './mutations.js';
import { withMutation } from './patched.js';

/** Within how many histories a mistake must be found. */
const HISTORIES = 1500;

/** The first seed that finds the mistake, and what it finds. */
async function find(mutation: Mutation): Promise<string | undefined> {
  const { play } = withMutation(mutation, () => require('./history.js') as typeof history);
  const first = mutation.near ?? 1;
  for (let seed = first; seed < first + HISTORIES; seed++) {
    const { violations } = await play(seed);
    if (violations[0] !== undefined) return `seed ${seed}: ${violations[0]}`;
  }
  return undefined;
}

test.each(MUTATIONS)(
  'is found out: $name',
  async (mutation) => {
    const found = await find(mutation);
    expect(found).toMatch(/^seed/);
  },
  240_000,
);
