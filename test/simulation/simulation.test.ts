import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { sized } from '../support/size.js';
import { play } from './history.js';

/** `npm run simulate -- --histories N` plays any number. */
const HISTORIES = sized(2000, 100_000);
const TURNS = sized(1, 20);

const each = HISTORIES / TURNS;
const turns = Array.from({ length: TURNS }, (_, turn) => ({
  first: turn * each + 1,
  last: (turn + 1) * each,
}));

test.each(turns)('whatever happens, answers are whole: histories $first to $last', ({ first }) => {
  // In a process of its own: twice as fast as within jest's modules.
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'test/simulation/simulate.ts', '--seed', `${first}`, '--histories', `${each}`],
    { cwd: join(import.meta.dirname, '../..'), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  // What failed prints its seed and its trace.
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: expect.stringContaining(`${each} histories from seed ${first}: all well`),
    stderr: '',
  });
});

test('a history is a pure function of its seed', async () => {
  for (const seed of [3, 14, 15]) {
    const { trace } = await play(seed, true);
    expect(trace.length).toBeGreaterThan(100);
    expect((await play(seed, true)).trace).toEqual(trace);
  }
});
