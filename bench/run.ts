/**
 * `npm run bench`: measures the gateway side by side with what one would use instead. It passes and fails nothing.
 *
 * `-- --rows B1,B9` picks rows; `--rounds 3` says how often each is measured; `--baseline DIR` (several allowed) adds a
 * built checkout of another commit as a column; `--out DIR` takes results.json and a chart a row;
 * `--profile DIR` takes CPU profiles of our processes; `--with AUDIT_LOG=true` (several allowed) adds this checkout with these
 * variables as a column, `with`.
 */
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Lifecycle } from '../src/lifecycle.js';
import { describeMachine } from './report/machine.js';
import { printRow, type RowReport, writeReport } from './report/report.js';
import { rows } from './rows/rows.js';
import { startServers } from './servers.js';
import { gatewaySystem } from './systems/gateway.js';
import { direct, relay, usualDesign } from './systems/peer.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: Object.keys(rows).join(',') },
    rounds: { type: 'string', default: '3' },
    baseline: { type: 'string', multiple: true, default: [] },
    out: { type: 'string', default: 'bench/results' },
    profile: { type: 'string' },
    with: { type: 'string', multiple: true, default: [] },
  },
});

const env = Object.fromEntries(
  values.with.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
);
const lifecycle = new Lifecycle();
let stopping: Promise<void> | undefined;
const stop = (): Promise<void> => (stopping ??= lifecycle.stop());
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stop().finally(() => process.exit(1)));
}

try {
  const machine = describeMachine();
  console.log(machine);
  const servers = await startServers(lifecycle);
  const contestants = {
    servers,
    ours: gatewaySystem('ours', resolve('.'), servers, { profileDir: values.profile }),
    baselines: [
      ...values.baseline.map((directory) => gatewaySystem(basename(directory), resolve(directory), servers)),
      ...(values.with.length > 0 ? [gatewaySystem('with', resolve('.'), servers, { env })] : []),
    ],
    usual: usualDesign(servers),
    relay: relay(servers),
    direct: direct(servers),
    rounds: Number(values.rounds),
  };
  const reports: RowReport[] = [];
  for (const name of values.rows.split(',')) {
    const row = rows[name];
    if (!row) throw new Error(`there is no row ${name}; there are ${Object.keys(rows).join(', ')}`);
    const report = await row(contestants);
    printRow(report);
    reports.push(report);
    await writeReport(join(values.out, 'results.json'), machine, reports);
  }
} finally {
  await stop();
}
