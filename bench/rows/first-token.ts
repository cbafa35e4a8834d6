import { rounds } from '../load/rounds.js';
import { quantile } from '../report/quantiles.js';
import type { Figure, Target } from '../report/report.js';
import type { Row } from './row.js';

const LEVELS = [1, 10, 100] as const;

/** B1: from the request to the first token, with 1, 10 and 100 requests in the same moment. */
export const firstToken: Row = async ({ servers, ours, baselines, usual, direct, rounds: count }) => {
  const figures: Figure[] = [];
  for (const streams of LEVELS) {
    const level = { streams, tokens: 30, tokensPerSecond: 30, rampMs: 0 };
    const measured = await rounds(servers, [direct, usual, ...baselines, ours], count, level, 'sse');
    for (const [system, all] of measured) {
      for (const [what, share] of [
        ['first token p50 (ms)', 0.5],
        ['first token p95 (ms)', 0.95],
      ] as const) {
        const values = all.map(({ firstMs }) => quantile(firstMs, share));
        figures.push({ system, at: `${streams} at once`, what, values });
      }
    }
  }
  const target = (streams: number, atMost: number): Target => ({
    at: `${streams} at once`,
    what: 'first token p50 (ms)',
    system: 'ours',
    against: 'usual',
    atMost,
  });
  return { row: 'B1', title: 'time to first token', figures, targets: [target(1, 1.5), target(100, 1)] };
};
