import { type Painted, painted } from '../output.js';
import type { Finding, Level } from './finding.js';

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
const WIDEST_ABOUT = 11;

/** A finding for people to read, and what to do about it below. */
export function lineOf({ about, level, finding, advice }: Finding): (string | Painted)[] {
  const line = [painted(COLOURS[level], level.padEnd(4)), `  ${about.padEnd(WIDEST_ABOUT)}  ${finding}\n`];
  if (advice === undefined) return line;
  return [...line, ' '.repeat(WIDEST_ABOUT + 8), painted('bold', `→ ${advice}`), '\n'];
}

export type Summary = Readonly<Record<Level, number>>;

export function summaryOf(findings: readonly Finding[]): Summary {
  const count = (wanted: Level) => findings.filter(({ level }) => level === wanted).length;
  return { ok: count('ok'), warn: count('warn'), fail: count('fail') };
}

export function summaryLine({ ok, warn, fail }: Summary): Painted {
  const colour = fail > 0 ? 'red' : warn > 0 ? 'yellow' : 'green';
  return painted(colour, `${fail} failed, ${warn} to look at, ${ok} ok`);
}
