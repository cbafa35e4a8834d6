import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of this length (USER_HZ is 100 everywhere), in ms. */
const TICK_MS = 10;

/** CPU time that a process and its children have used so far, user and system, in ms. Counts children that have ended. */
export function cpuMs(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid);
  const own = statOf(pid);
  return [own, ...children].reduce((sum, stat) => sum + (stat?.ms ?? 0), 0) + (own?.endedChildrenMs ?? 0);
}

/** CPU time that all processes have used so far, and that the machine had to give, in ms. */
export function machineCpu(): { used: number; given: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  // proc(5): user nice system idle iowait irq softirq steal; guest times are part of user.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const given = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { used: (given - idle) * TICK_MS, given: given * TICK_MS };
}

/** Resident memory of a process, in KiB. */
export function residentKiB(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

interface Stat {
  readonly parent: number;
  readonly ms: number;
  readonly endedChildrenMs: number;
}

/** Undefined for a process that has ended. */
function statOf(pid: number): Stat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // proc(5): field 2 is the name in parentheses; 4 is the parent; 14 to 17 are utime, stime, cutime and cstime.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = (from: number): number => ((fields[from] ?? 0) + (fields[from + 1] ?? 0)) * TICK_MS;
  return { parent: fields[1] ?? 0, ms: ticks(11), endedChildrenMs: ticks(13) };
}
