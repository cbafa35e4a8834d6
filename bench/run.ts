/**
 * `npm run bench`: what the gateway costs, measured side by side with doing without. Prints tables and ends; passes and
 * fails nothing. `-- --only delivery|resume|stop` picks rows, `--streams 1,100` levels of load.
 */
import { parseArgs } from 'node:util';
import { Lifecycle } from '../src/lifecycle.js';
import { delivery } from './delivery.js';
import { printMachine } from './machine.js';
import { resume } from './resume.js';
import { type Stage, setStage } from './stage.js';
import { stop } from './stop.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: ['delivery', 'resume', 'stop'] },
    streams: { type: 'string', default: '1,100,500' },
  },
});

async function main(stage: Stage): Promise<void> {
  await printMachine(stage);
  if (values.only.includes('delivery')) await delivery(stage, values.streams.split(',').map(Number));
  if (values.only.includes('resume')) await resume(stage);
  if (values.only.includes('stop')) await stop(stage);
}

const lifecycle = new Lifecycle();
const starting = setStage(lifecycle);
let stopping: Promise<void> | undefined;
// What is still starting is not known to be stopped.
const end = (): Promise<void> => (stopping ??= Promise.allSettled([starting]).then(() => lifecycle.stop()));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().finally(() => process.exit(1)));
}
try {
  await main(await starting);
} finally {
  // Whatever is thrown, the servers end first.
  await end();
}
