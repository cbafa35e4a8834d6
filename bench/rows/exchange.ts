import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from '../load/cpu.js';
import { sum } from '../report/quantiles.js';
import type { Figure } from '../report/report.js';
import type { GatewayFactory, GatewaySystem } from '../systems/gateway.js';
import type { Row } from './row.js';

/** Exchanges in flight at any time. */
const CONCURRENCY = 32;
const WARM_UP_MS = 3000;
const MEASURED_MS = 10_000;

/** B9: whole exchanges (send a message, read its short answer) a second, and what each costs. */
export const exchange: Row = async ({ servers, ours, baselines, rounds }) => {
  await servers.script({ stamped: true, tokenCount: 3, tokensPerSecond: 0 });
  const perSecond = new Map<string, number[]>();
  const cost = new Map<string, Record<string, number>[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const factory of [...baselines, ours]) {
      const result = await exchanges(factory);
      append(perSecond, factory.name, result.perSecond);
      append(cost, factory.name, result.cpuMs);
    }
  }
  const at = `${CONCURRENCY} at a time`;
  const figures: Figure[] = [];
  for (const [system, values] of perSecond) figures.push({ system, at, what: 'exchanges a second', values });
  for (const [system, all] of cost) {
    figures.push({
      system,
      at,
      what: 'CPU an exchange (ms)',
      values: all.map((each) => sum(Object.values(each))),
    });
    for (const name of Object.keys(all[0] ?? {})) {
      figures.push({ system, at, what: `… of ${name} (ms)`, values: all.map((each) => each[name] ?? 0) });
    }
  }
  const against = baselines[0]?.name ?? 'baseline';
  const targets = [
    { at, what: 'exchanges a second', system: 'ours', against, atLeast: 4 },
    { at, what: 'CPU an exchange (ms)', system: 'ours', against, atMost: 0.25 },
  ];
  return { row: 'B9', title: 'an exchange', figures, targets: baselines.length > 0 ? targets : [] };
};

async function exchanges(
  factory: GatewayFactory,
): Promise<{ perSecond: number; cpuMs: Record<string, number> }> {
  const system = await factory.start();
  try {
    // Each exchange has a conversation of its own, made beforehand: the sockets are opened during the run.
    const prepared = await system.connect(4000, 'sse');
    let next = 0;
    let done = 0;
    const over = new AbortController();
    const loop = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const run = prepared[next++ % prepared.length];
        await run?.(() => {});
        done += 1;
      }
    };
    const loops = Promise.all(Array.from({ length: CONCURRENCY }, loop));
    await sleep(WARM_UP_MS);
    const before = read(system);
    const doneBefore = done;
    const began = performance.now();
    await sleep(MEASURED_MS);
    const seconds = (performance.now() - began) / 1000;
    const count = done - doneBefore;
    const after = read(system);
    over.abort();
    await loops;
    const each = Object.keys(after).map((name) => [name, ((after[name] ?? 0) - (before[name] ?? 0)) / count]);
    return { perSecond: count / seconds, cpuMs: Object.fromEntries(each) };
  } finally {
    await system.stop();
  }
}

function read({ pids }: GatewaySystem): Record<string, number> {
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuMs(pid)]));
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
