/**
 * `npm run faults -- --minutes 10 --seed 7 [--conversations 20]`: conversations under random faults.
 * `--scenario kills|zombie|flushes|snapshot|deletion` plays one of these at its full size, or with `--count` faults.
 */
import { parseArgs } from 'node:util';
import { Lifecycle } from '../../src/lifecycle.js';
import { Product } from '../support/product.js';
import { startOwnPostgres } from './own-postgres.js';
import { accountOf, figuresOf, isWell } from './report.js';
import { FULL_SIZES, SCENARIOS } from './scenarios.js';

type Name = keyof typeof SCENARIOS;

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'random' },
    minutes: { type: 'string' },
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    conversations: { type: 'string' },
  },
});

async function main(): Promise<boolean> {
  const name = values.scenario as Name;
  const full = FULL_SIZES[name];
  if (!full) throw new Error(`--scenario is one of ${Object.keys(FULL_SIZES).join(', ')}`);
  const seconds = values.minutes === undefined ? undefined : Number(values.minutes) * 60;
  const say = (line: string): void => console.log(line);
  const played = await SCENARIOS[name]({
    seed: Number(values.seed),
    count: Number(values.count ?? seconds ?? full.count),
    conversations: Number(values.conversations ?? full.conversations),
    tokens: [60, 200],
    // The default of the product.
    leaseSeconds: 3,
    ownPostgres: true,
    say,
    onOpen: (site) => lifecycle.onStop(() => site.close()),
  });
  for (const line of [...accountOf(played), ...figuresOf(played)]) say(line);
  return isWell(played);
}

const lifecycle = new Lifecycle();
let stopping: Promise<void> | undefined;
const end = (): Promise<void> => (stopping ??= lifecycle.stop());
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().finally(() => process.exit(1)));
}
try {
  await startOwnPostgres(lifecycle);
  lifecycle.onStop(() => Product.killAll());
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  // Whatever is thrown, the servers end first.
  await end();
}
