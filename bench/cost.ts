import type { Redis } from 'ioredis';
import { quantile } from './quantiles.js';

/** What one run of something costs, of many. */
export interface Cost {
  readonly p50: number;
  readonly p95: number;
  /** Sent by Redis, a run. */
  readonly bytes: number;
  /** Done by Redis, a run, those inside of scripts too. */
  readonly commands: number;
}

const WARM_UP = 20;

/** Runs `act` again and again, and looks at the clock and at the counters of `redis`. */
export async function costOf(redis: Redis, runs: number, act: () => Promise<unknown>): Promise<Cost> {
  for (let run = 0; run < WARM_UP; run += 1) await act();
  // What asking costs: the second answer counts the first.
  const asking = between(await counters(redis), await counters(redis));
  const before = await counters(redis);
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const began = performance.now();
    await act();
    times.push(performance.now() - began);
  }
  const spent = between(before, await counters(redis));
  return {
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    bytes: Math.round((spent.bytes - asking.bytes) / runs),
    commands: Math.round((spent.commands - asking.commands) / runs),
  };
}

interface Counters {
  readonly bytes: number;
  readonly commands: number;
}

async function counters(redis: Redis): Promise<Counters> {
  const stats = await redis.info('stats');
  return {
    bytes: Number(/total_net_output_bytes:(\d+)/.exec(stats)?.[1]),
    commands: Number(/total_commands_processed:(\d+)/.exec(stats)?.[1]),
  };
}

function between(before: Counters, after: Counters): Counters {
  return { bytes: after.bytes - before.bytes, commands: after.commands - before.commands };
}
