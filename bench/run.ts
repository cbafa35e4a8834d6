/**
 * `npm run bench`: what the gateway costs, measured side by side with doing without. Prints tables and ends; passes and
 * fails nothing. `-- --only delivery|resume` picks rows, `--streams 1,100` levels of load.
 */
import { parseArgs } from 'node:util';
import { Lifecycle } from '../src/lifecycle.js';
import { delivery } from './delivery.js';
import { printMachine } from './machine.js';
import { resume } from './resume.js';
import { type Stage, setStage } from './stage.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: ['delivery', 'resume'] },
    streams: { type: 'string', default: '1,100,500' },
  },
});

async function main(stage: Stage): Promise<void> {
  await printMachine(stage);
  if (values.only.includes('delivery')) await delivery(stage, values.streams.split(',').map(Number));
  if (values.only.includes('resume')) await resume(stage);
}

const lifecycle = new Lifecycle();
const starting = setStage(lifecycle);
let stopping: Promise<void> | undefined;
// What is still starting is not known to be stopped.
const stop = (): Promise<void> => (stopping ??= Promise.allSettled([starting]).then(() => lifecycle.stop()));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stop().finally(() => process.exit(1)));
}
try {
  await main(await starting);
} finally {
  // Whatever is thrown, the servers end first.
  await stop();
}
