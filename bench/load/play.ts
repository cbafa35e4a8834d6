import { setTimeout as sleep } from 'node:timers/promises';
import { microseconds, stampsIn } from '../../test/doubles/ollama/stamp.js';
import type { Exchange, System } from '../systems/system.js';
import { cpuMs, machineCpu } from './cpu.js';

export interface Level {
  readonly streams: number;
  /** Tokens of each answer. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** The streams begin evenly spread over this time, in ms. */
  readonly rampMs: number;
}

/** What a round measured. All but `firstMs` only in the window in which every stream was open. */
export interface Measured {
  /** From each request to its first token, in ms. */
  readonly firstMs: number[];
  /** From the model's write to the client's read, of each token, in ms. */
  readonly delayMs: number[];
  /** Tokens that should have arrived in the window. */
  readonly due: number;
  /** CPU time by process, in ms. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** How busy the machine was, by whatever process: 0 to 1. */
  readonly busy: number;
}

/** Plays a level against a connected system. Every answer must arrive whole, or the round fails. */
export async function play(level: Level, system: System, exchanges: readonly Exchange[]): Promise<Measured> {
  const firstMs: number[] = [];
  const delayMs: number[] = [];
  const answerMs = ((level.tokens - 1) * 1000) / level.tokensPerSecond;
  const begin = microseconds();
  const window = { from: begin + level.rampMs * 1000, to: begin + answerMs * 1000 };

  async function stream(exchange: Exchange, afterMs: number): Promise<void> {
    await sleep(afterMs);
    const asked = microseconds();
    const all: number[] = [];
    await exchange((text, arrivedAt) => {
      if (text === '' || all.length === level.tokens) return;
      if (all.length === 0) firstMs.push((arrivedAt - asked) / 1000);
      // The disclaimer follows the tokens.
      const stamps = stampsIn(text).slice(0, level.tokens - all.length);
      all.push(...stamps);
      if (arrivedAt < window.from || arrivedAt > window.to) return;
      for (const stamp of stamps) delayMs.push((arrivedAt - stamp) / 1000);
    });
    if (all.length !== level.tokens)
      throw new Error(`${system.name}: an answer ended after ${all.length} tokens`);
    if (all.some((stamp, at) => Number.isNaN(stamp) || stamp < (all[at - 1] ?? 0))) {
      throw new Error(`${system.name}: tokens are damaged or out of order`);
    }
  }

  const used = usedBetween(system.pids, level.rampMs, answerMs);
  const step = level.rampMs / level.streams;
  await Promise.all([...exchanges.map((exchange, index) => stream(exchange, index * step)), used]);
  const due = (level.streams * level.tokensPerSecond * (answerMs - level.rampMs)) / 1000;
  return { firstMs, delayMs, due, ...(await used) };
}

async function usedBetween(
  pids: Readonly<Record<string, number>>,
  fromMs: number,
  toMs: number,
): Promise<Pick<Measured, 'cpuMs' | 'busy'>> {
  const read = () => ({
    machine: machineCpu(),
    processes: Object.entries(pids).map(([name, pid]) => [name, cpuMs(pid)] as const),
  });
  await sleep(fromMs);
  const before = read();
  await sleep(toMs - fromMs);
  const after = read();
  return {
    cpuMs: Object.fromEntries(
      after.processes.map(([name, ms], index) => [name, ms - (before.processes[index]?.[1] ?? 0)]),
    ),
    busy: (after.machine.used - before.machine.used) / (after.machine.given - before.machine.given),
  };
}
