import { rounds } from '../load/rounds.js';
import { quantile, sum } from '../report/quantiles.js';
import type { Figure } from '../report/report.js';
import type { SystemFactory } from '../systems/system.js';
import type { Row } from './row.js';
import { levelOf } from './token.js';

const P99_MS = 50;
const SMALLEST = 50;
const LARGEST = 3200;

/** B3: how many streams of 30 tokens a second keep the p99 delay at 50 ms or less; found by doubling, then halving. */
export const capacity: Row = async ({ servers, ours, baselines, usual, relay, rounds: count }) => {
  const figures: Figure[] = [];
  const holds = async (factory: SystemFactory, streams: number): Promise<boolean> => {
    const level = levelOf(streams);
    const [all = []] = (await rounds(servers, [factory], 1, level, 'sse')).values();
    return all.every(({ delayMs, due }) => quantile(delayMs, 0.99) <= P99_MS && delayMs.length > due * 0.95);
  };
  for (const factory of [relay, usual, ...baselines, ours]) {
    const values: number[] = [];
    for (let round = 0; round < count; round += 1) values.push(await largest((n) => holds(factory, n)));
    figures.push({ system: factory.name, at: 'p99 ≤ 50 ms', what: 'streams', values });
  }
  const level = levelOf(200);
  for (const [system, all] of await rounds(servers, [relay, ours], count, level, 'sse')) {
    const values = all.map(({ cpuMs, due }) => (sum(Object.values(cpuMs)) * 1000) / due);
    figures.push({ system, at: '200 streams', what: 'CPU a token, all processes (µs)', values });
  }
  return {
    row: 'B3',
    title: 'streams held',
    figures,
    targets: [
      { at: 'p99 ≤ 50 ms', what: 'streams', system: 'ours', against: 'usual', atLeast: 2.5 },
      {
        at: '200 streams',
        what: 'CPU a token, all processes (µs)',
        system: 'ours',
        against: 'relay',
        atMost: 1,
      },
    ],
  };
};

/** The largest number that holds, to about 12 %. */
async function largest(holds: (streams: number) => Promise<boolean>): Promise<number> {
  let good = 0;
  let bad = SMALLEST;
  while (bad <= LARGEST && (await holds(bad))) {
    good = bad;
    bad *= 2;
  }
  while (bad - good > Math.max(10, good / 8)) {
    const middle = Math.round((good + bad) / 2);
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
