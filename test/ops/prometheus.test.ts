import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { PrometheusMetrics } from '../../src/adapters/prometheus/metrics.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { Prometheus } from '../support/prometheus.js';
import { metricsUrl } from '../support/scrape.js';

const ROOT = join(import.meta.dirname, '../..');
const OPS = join(ROOT, 'ops/prometheus');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const rules = (parse(read('ops/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const { panels } = JSON.parse(read('ops/grafana/dashboard.json')) as { panels: Panel[] };
const queries = panels.flatMap(({ targets = [] }) =>
  targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')),
);

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Its output, and that it has ended well. */
function promtool(...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { cwd: OPS, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

test('the rules and the example of a configuration are valid', () => {
  expect(promtool('check', 'rules', 'alerts.yml')).toContain(`${rules.length} rules found`);
  promtool('check', 'config', 'prometheus.yml');
});

test('each alert fires when it should and is silent when all is well', () => {
  promtool('test', 'rules', 'alerts.test.yml');
  const { tests } = parse(read('ops/prometheus/alerts.test.yml')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
  };
  const checked = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  const names = (fires: boolean): string[] =>
    [
      ...new Set(checked.filter(({ exp_alerts }) => !exp_alerts === !fires).map((one) => one.alertname)),
    ].toSorted();
  const all = rules.map(({ alert }) => alert).toSorted();
  expect(names(true)).toEqual(all);
  expect(names(false)).toEqual(all);
});

test('each alert has a paragraph in docs/operations.md, to which it refers', () => {
  const documented = [...read('docs/operations.md').matchAll(/^### (Veda\w+)\n\n\S/gm)].map(
    ([, name]) => name,
  );
  expect(documented).toEqual(rules.map(({ alert }) => alert));
  for (const { alert, annotations } of rules) {
    expect(annotations['runbook']).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
});

test('alerts and panels ask only for metrics that exist, and panels for all of ours', async () => {
  const known = new Set(
    [...(await new PrometheusMetrics().render()).matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name),
  );
  known.add('veda_dependency_up');
  const asked = (expressions: readonly string[]): Set<string> =>
    new Set(
      expressions.flatMap((expression) =>
        [...expression.matchAll(/\b(?:veda|nodejs|process)_\w+/g)].map(([name]) =>
          name.replace(/_bucket$/, ''),
        ),
      ),
    );
  for (const name of asked([...queries, ...rules.map(({ expr }) => expr)])) expect(known).toContain(name);
  const shown = asked(queries);
  for (const name of known) if (name.startsWith('veda_')) expect(shown).toContain(name);
});

describe('in a real Prometheus', () => {
  let cluster: Cluster;
  let prometheus: Prometheus;
  let directory: string;

  beforeAll(async () => {
    cluster = await Cluster.start({ METRICS_PORT: '0' });
    const [gateway, worker] = await Promise.all([cluster.gateway(), cluster.worker()]);
    const config = parse(read('ops/prometheus/prometheus.yml'));
    config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
    config.rule_files = [join(OPS, 'alerts.yml')];
    const targets = await Promise.all([gateway, worker].map(metricsUrl));
    for (const [at, target] of config.scrape_configs[0].static_configs.entries()) {
      target.targets = [new URL(targets[at] ?? '').host];
    }
    directory = await mkdtemp(join(tmpdir(), 'veda-prometheus-config-'));
    const file = join(directory, 'prometheus.yml');
    await writeFile(file, stringify(config));
    prometheus = await Prometheus.start(file);
    const person = await Person.register(gateway.url);
    await person.chat(await person.newConversation(), 'What helps?');
  });

  afterAll(async () => {
    await prometheus?.stop();
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Asks until the first series of the answer has such a value. */
  async function valueOf(query: string, isSo: (value: number) => boolean): Promise<number> {
    for (;;) {
      const [series] = (await prometheus.get('query', { query })).result;
      if (series && isSo(Number(series.value[1]))) return Number(series.value[1]);
      await sleep(100);
    }
  }

  test('gateway and worker are scraped, and no alert fires that should not', async () => {
    await valueOf('sum(up{job="veda"})', (up) => up === 2);
    await valueOf('sum(veda_messages_accepted_total)', (count) => count === 1);
    await valueOf('sum(veda_generations_total{status="complete"})', (count) => count === 1);
    await valueOf('min(veda_dependency_up)', (up) => up === 1);
    const { groups } = await prometheus.get('rules');
    expect(groups[0].rules).toHaveLength(rules.length);
    for (const rule of groups[0].rules) expect(rule.lastError ?? '').toBe('');
    // One that is pending does not fire: a slow machine is late for a moment.
    const { alerts } = (await prometheus.get('alerts')) as { alerts: { state: string }[] };
    expect(alerts.filter(({ state }) => state === 'firing')).toEqual([]);
  });

  test('it understands every query of the dashboard', async () => {
    expect(queries.length).toBeGreaterThan(20);
    for (const query of queries) await prometheus.get('query', { query });
    await expect(prometheus.get('query', { query: 'sum(' })).rejects.toThrow('parse error');
  });
});
