import { setTimeout as sleep } from 'node:timers/promises';
import { microseconds, stampsIn } from '../test/doubles/ollama/stamp.js';
import { cpuMs, machineCpu } from './cpu.js';
import { type Call, readLines } from './lines.js';

export interface Level {
  readonly streams: number;
  /** Of each answer. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** The streams begin evenly spread over so many ms. */
  readonly rampMs: number;
}

/** Where answers come from. */
export interface Source {
  /** The request of each stream. */
  readonly calls: readonly Call[];
  /** The answer's text in a line of the response, '' if none is in it. */
  textIn(line: string): string;
}

/** What was measured. All but `firstMs` only while every stream was open. */
export interface Measured {
  /** From each request to its first token. */
  readonly firstMs: number[];
  /** From the double's write to the arrival here, of each token. */
  readonly delayMs: number[];
  /** CPU time by process. */
  readonly cpuMs: Record<string, number>;
  /** Share of the machine that was busy, whoever kept it so. */
  readonly busy: number;
}

/** Plays a level's streams against a source. `pids` are the processes whose CPU time is looked at. */
export async function play(
  level: Level,
  source: Source,
  pids: Readonly<Record<string, number>>,
): Promise<Measured> {
  const firstMs: number[] = [];
  const delayMs: number[] = [];
  const answerMs = ((level.tokens - 1) * 1000) / level.tokensPerSecond;
  const begin = microseconds();
  const allOpen = { from: begin + level.rampMs * 1000, to: begin + answerMs * 1000 };

  async function stream(call: Call, afterMs: number): Promise<void> {
    await sleep(afterMs);
    const asked = microseconds();
    let received = 0;
    await readLines(call, (line, arrivedAt) => {
      const text = source.textIn(line);
      if (text === '' || received === level.tokens) return undefined;
      if (received === 0) firstMs.push((arrivedAt - asked) / 1000);
      // What comes after the tokens is the disclaimer.
      const stamps = stampsIn(text).slice(0, level.tokens - received);
      received += stamps.length;
      if (arrivedAt < allOpen.from || arrivedAt > allOpen.to) return undefined;
      for (const stamp of stamps) delayMs.push((arrivedAt - stamp) / 1000);
      return undefined;
    });
    if (received !== level.tokens) throw new Error(`a stream ended after ${received} tokens`);
  }

  const streams = source.calls.map((call, index) => stream(call, (index * level.rampMs) / level.streams));
  const spent = spentBetween(pids, level.rampMs, answerMs);
  await Promise.all([...streams, spent]);
  return { firstMs, delayMs, ...(await spent) };
}

async function spentBetween(
  pids: Readonly<Record<string, number>>,
  fromMs: number,
  toMs: number,
): Promise<Pick<Measured, 'cpuMs' | 'busy'>> {
  const look = () => ({
    machine: machineCpu(),
    processes: Object.entries(pids).map(([name, pid]) => [name, cpuMs(pid)] as const),
  });
  await sleep(fromMs);
  const before = look();
  await sleep(toMs - fromMs);
  const after = look();
  const used = after.machine.used - before.machine.used;
  const given = after.machine.given - before.machine.given;
  return {
    cpuMs: Object.fromEntries(
      after.processes.map(([name, ms], index) => [name, ms - (before.processes[index]?.[1] ?? 0)]),
    ),
    busy: used / given,
  };
}

/** Several rounds as one; `busy` is their mean. */
export function together(rounds: readonly Measured[]): Measured {
  const names = Object.keys(rounds[0]?.cpuMs ?? {});
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    firstMs: rounds.flatMap(({ firstMs }) => firstMs),
    delayMs: rounds.flatMap(({ delayMs }) => delayMs),
    cpuMs: Object.fromEntries(names.map((name) => [name, sum(rounds.map(({ cpuMs }) => cpuMs[name] ?? 0))])),
    busy: sum(rounds.map(({ busy }) => busy)) / rounds.length,
  };
}
