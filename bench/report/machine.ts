import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';

/** A line that says what the figures belong to. */
export function describeMachine(): string {
  const redis = /v=(\S+)/.exec(spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  const [load = 0] = loadavg();
  return (
    `${new Date().toISOString()}, ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, ` +
    `Redis ${redis}; load before the run ${load.toFixed(1)}`
  );
}
