import { parseArgs } from 'node:util';
import { play } from './history.js';

/** `npm run simulate -- [--seed S] [--histories N]`: plays histories from a seed on; a single one with its trace. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: 'string', default: '1' }, histories: { type: 'string' } },
  });
  const first = Number(values.seed);
  const last = first + Number(values.histories ?? 1) - 1;
  const began = performance.now();
  for (let seed = first; seed <= last; seed++) {
    const { violations } = await play(seed);
    if (violations.length > 0 || values.histories === undefined) {
      const { trace } = await play(seed, true);
      for (const line of trace) console.log(line);
      for (const violation of violations) console.log(`seed ${seed}: ${violation}`);
      if (violations.length > 0) return 1;
    }
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(`${last - first + 1} histories from seed ${first}: all well, in ${seconds.toFixed(1)} s`);
  return 0;
}

process.exitCode = await main();
