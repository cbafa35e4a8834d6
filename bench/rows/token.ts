import type { Level, Measured } from '../load/play.js';
import { rounds } from '../load/rounds.js';
import { quantile, sum } from '../report/quantiles.js';
import type { Figure, Target } from '../report/report.js';
import type { Transport } from '../systems/system.js';
import type { Row } from './row.js';

const TOKENS_PER_SECOND = 30;

/** Answers last longer than the ramp: in between all streams are open. */
export function levelOf(streams: number): Level {
  const rampMs = Math.max(1000, streams * 20);
  const seconds = rampMs / 1000 + 5;
  return {
    streams,
    tokens: Math.ceil(seconds * TOKENS_PER_SECOND),
    tokensPerSecond: TOKENS_PER_SECOND,
    rampMs,
  };
}

const LEVELS = [60, 200, 500] as const;
const TRANSPORTS: readonly Transport[] = ['sse', 'websocket', 'socketio'];

/** B2: the delay and the CPU time of a token. The peers speak SSE only; the other transports are compared with theirs. */
export const token: Row = async ({ servers, ours, baselines, usual, relay, rounds: count }) => {
  const figures: Figure[] = [];
  for (const streams of LEVELS) {
    const level = levelOf(streams);
    for (const transport of TRANSPORTS) {
      const others = transport === 'sse' ? [relay, usual, ...baselines] : [];
      const measured = await rounds(servers, [...others, ours], count, level, transport);
      for (const [system, all] of measured) {
        figures.push(...tokenFigures(system, `${streams} streams, ${transport}`, all));
      }
    }
  }
  const target = (streams: number, what: string, atMost: number): Target => ({
    at: `${streams} streams, sse`,
    what,
    system: 'ours',
    against: 'usual',
    atMost,
  });
  const targets = [
    target(60, 'delay p99 (ms)', 0.5),
    target(200, 'delay p99 (ms)', 0.3),
    target(500, 'delay p99 (ms)', 0.3),
    target(60, 'CPU a token (µs)', 0.6),
    target(200, 'CPU a token (µs)', 0.3),
  ];
  return { row: 'B2', title: 'a token', figures, targets };
};

/** The figures of rounds in which tokens flowed. CPU time counts gateway, worker and Redis, as the peers have no database. */
function tokenFigures(system: string, at: string, all: readonly Measured[]): Figure[] {
  const cpu = ({ cpuMs, due }: Measured, names: readonly string[]): number =>
    (sum(names.map((name) => cpuMs[name] ?? 0)) * 1000) / due;
  const figure = (what: string, of: (measured: Measured) => number): Figure => ({
    system,
    at,
    what,
    values: all.map(of),
  });
  return [
    figure('delay p50 (ms)', ({ delayMs }) => quantile(delayMs, 0.5)),
    figure('delay p99 (ms)', ({ delayMs }) => quantile(delayMs, 0.99)),
    figure('tokens in their window (%)', ({ delayMs, due }) => (100 * delayMs.length) / due),
    figure('CPU a token (µs)', (round) => cpu(round, ['gateway', 'worker', 'redis'])),
    figure('… of the gateway (µs)', (round) => cpu(round, ['gateway'])),
    figure('… of the worker (µs)', (round) => cpu(round, ['worker'])),
    figure('… of PostgreSQL, besides (µs)', (round) => cpu(round, ['postgres'])),
    figure('machine busy (%)', ({ busy }) => busy * 100),
  ];
}
