import { play } from './history.js';

/** As many as fit into the gate; `npm run simulate -- --histories N` plays any number. */
const HISTORIES = 2000;
const TURNS = 8;

/** `SEED=17 npx jest test/simulation -t seed` plays that one again, and shows its steps. */
const SEED = process.env['SEED'];

async function expectAllWell(first: number, count: number): Promise<void> {
  for (let seed = first; seed < first + count; seed++) {
    const { violations } = await play(seed);
    if (violations.length > 0) throw new Error(await story(seed));
  }
}

async function story(seed: number): Promise<string> {
  const { violations, trace } = await play(seed, true);
  return [...trace, ...violations, `Again: npm run simulate -- --seed ${seed}`].join('\n');
}

const each = HISTORIES / TURNS;
const turns = Array.from({ length: TURNS }, (_, turn) => ({
  first: turn * each + 1,
  last: (turn + 1) * each,
}));

test.each(turns)(
  'whatever happens, answers are whole: histories $first to $last',
  async ({ first }) => {
    await expectAllWell(first, each);
  },
  60_000,
);

test('a history is a pure function of its seed', async () => {
  for (const seed of [3, 14, 15]) {
    const { trace } = await play(seed, true);
    expect(trace.length).toBeGreaterThan(100);
    expect((await play(seed, true)).trace).toEqual(trace);
  }
});

if (SEED !== undefined) {
  test('the seed that was asked for', async () => {
    console.log(await story(Number(SEED)));
    await expectAllWell(Number(SEED), 1);
  });
}
