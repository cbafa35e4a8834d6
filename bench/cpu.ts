import { readFileSync } from 'node:fs';

/** Linux counts in ticks of this length (USER_HZ is 100 everywhere), in ms. */
const TICK_MS = 10;

/** What a process has used until now, user and system, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc(5): the second field is the name, in parentheses, and may hold spaces; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** What all processes of the machine have used until now, and what it had to give, in ms. */
export function machineCpu(): { used: number; given: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  // proc(5): user nice system idle iowait irq softirq steal; guest times are in user already.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const given = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { used: (given - idle) * TICK_MS, given: given * TICK_MS };
}
