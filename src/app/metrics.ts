import { readWaiting } from '../adapters/postgres/waiting-metrics.js';
import { PrometheusMetrics } from '../adapters/prometheus/metrics.js';
import type { Config } from '../config.js';
import type { Provider } from '../generation/provider.js';
import type { Logger } from '../kernel/logger.js';
import { singleFlight } from '../kernel/single-flight.js';
import { throttledWarning } from '../kernel/throttled-warning.js';
import { withTimeout } from '../kernel/with-timeout.js';
import type { Lifecycle } from '../lifecycle.js';
import { metricsServer } from '../transports/http/metrics-listener.js';
import type { Runner } from '../worker/runner.js';
import { dependenciesOf } from './dependencies.js';
import type { Infrastructure } from './infrastructure.js';
import { close, listenOn } from './listener.js';

/** How long a scrape waits for what it has to ask for, in ms: Prometheus gives it 10 s. */
const READ_MS = 3000;

/** Serves the metrics of this process on `METRICS_PORT`. Undefined when it is not set. @throws StartError */
export async function openMetrics(
  config: Config,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<PrometheusMetrics | undefined> {
  if (config.metricsPort === undefined) return undefined;
  const metrics = new PrometheusMetrics();
  const server = metricsServer(metrics, throttledWarning(logger, 'metrics not read'));
  const port = await listenOn(server, config.metricsPort, config.metricsHost ?? config.host);
  // The first to open is the last to close: what happens while the process drains is seen.
  lifecycle.onStop(() => close(server));
  logger.info('metrics', { port });
  return metrics;
}

/** Has what is known only by asking read with each scrape; none of it may hold a scrape up. */
export function readWithScrapes(
  metrics: PrometheusMetrics,
  infrastructure: Infrastructure,
  provider: Provider,
  runner: Runner,
): void {
  const { database, clock } = infrastructure;
  metrics.read(['veda_generations_running'], async () => ({ veda_generations_running: runner.running.size }));
  const waiting = inTime(() => readWaiting(database));
  metrics.read(['veda_generations_waiting', 'veda_oldest_waiting_seconds'], async () => {
    const read = await waiting();
    return read && { veda_generations_waiting: read.count, veda_oldest_waiting_seconds: read.oldestSeconds };
  });
  for (const dependency of dependenciesOf(infrastructure, provider)) {
    const answers = inTime(() => dependency.ok());
    metrics.dependency(dependency.name, async () => (await answers()) === true);
  }

  /** Undefined when it fails or takes too long. What is still under way is not asked for again. */
  function inTime<T>(ask: () => Promise<T>): () => Promise<T | undefined> {
    const asked = singleFlight(() => ask().catch(() => undefined));
    return async () => {
      const answer = await withTimeout(clock, READ_MS, asked());
      return typeof answer === 'symbol' ? undefined : answer;
    };
  }
}
