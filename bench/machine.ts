import { cpus, loadavg } from 'node:os';
import type { Stage } from './stage.js';

/** Says what the figures belong to. */
export async function printMachine({ redis }: Stage): Promise<void> {
  const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1];
  const [load = 0] = loadavg();
  console.log(
    `${new Date().toISOString()}, ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, ` +
      `Redis ${version}; load before the run ${load.toFixed(1)}`,
  );
}
