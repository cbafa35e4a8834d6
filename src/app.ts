import { PostgresGenerationStore } from './adapters/postgres/generation-store.js';
import { PostgresPurge } from './adapters/postgres/purge.js';
import { openDisclaimers, readDisclaimer } from './app/disclaimers.js';
import { startReencrypter } from './app/encryption-job.js';
import { startGateway } from './app/gateway.js';
import { greet } from './app/greeting.js';
import { logSeconds, openInfrastructure } from './app/infrastructure.js';
import { sourcePorts, startIngester } from './app/knowledge.js';
import { openMetrics, readWithScrapes } from './app/metrics.js';
import { providerOf } from './app/provider.js';
import { runnerPorts } from './app/runner.js';
import { startSearchIndexing } from './app/search-indexing.js';
import { openTracer } from './app/tracing.js';
import { transcriberOf } from './app/transcriber.js';
import type { Config } from './config.js';
import type { Logger } from './kernel/logger.js';
import { Lifecycle } from './lifecycle.js';
import { Purger } from './worker/purger.js';
import { Runner } from './worker/runner.js';
import { Worker } from './worker/worker.js';

export interface App {
  /** The port of the gateway, if this process has one. */
  readonly port?: number;
  /** Resolves when the process must end without being asked to, with the reason. */
  readonly failed: Promise<Error>;
  /** Ends the streams, gives running answers `DRAIN_SECONDS` and hands them over, then closes everything in order. */
  stop(): Promise<void>;
}

/**
 * Starts the parts of the configured role. If one fails to start, those that have started are stopped.
 * @throws StartError
 */
export async function startApp(config: Config, logger: Logger): Promise<App> {
  const lifecycle = new Lifecycle();
  try {
    const port = await start(config, logger, lifecycle);
    return { ...(port !== undefined && { port }), failed: lifecycle.failed, stop: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function start(config: Config, logger: Logger, lifecycle: Lifecycle): Promise<number | undefined> {
  const ownDisclaimer = await readDisclaimer(config.disclaimerFile);
  const metrics = await openMetrics(config, logger, lifecycle);
  const tracer = await openTracer(config, logger, lifecycle);
  const infrastructure = await openInfrastructure(config, logger, lifecycle);
  const provider = providerOf(config, infrastructure.clock, tracer);
  const transcriber = transcriberOf(config);
  const disclaimers = await openDisclaimers(ownDisclaimer, infrastructure.database);
  const telemetry = { metrics, tracer };
  const ports = {
    ...(await runnerPorts(config, infrastructure, provider, transcriber, disclaimers, logger, telemetry)),
    sources: sourcePorts(config, infrastructure, logger, telemetry, lifecycle),
  };
  const runner = new Runner(ports);
  if (metrics) readWithScrapes(metrics, infrastructure, provider, runner);

  if (config.role !== 'gateway') {
    const worker = new Worker({
      ...ports,
      runner,
      source: infrastructure.jobs.source,
      store: new PostgresGenerationStore(infrastructure.leases),
      sweepStore: new PostgresGenerationStore(infrastructure.sweeps),
      concurrency: Math.min(config.workerConcurrency, provider.places ?? Number.POSITIVE_INFINITY),
    });
    const purger = new Purger({
      ...ports,
      purge: new PostgresPurge(infrastructure.database, {
        logSeconds: logSeconds(config),
        ...(config.conversationRetentionDays !== undefined && {
          retentionDays: config.conversationRetentionDays,
        }),
        ephemeralSeconds: config.streamRetentionSeconds,
        folder: infrastructure.folder,
      }),
    });
    purger.start();
    lifecycle.onStop(() => purger.stop());
    startReencrypter(infrastructure, logger, lifecycle);
    startIngester(config, infrastructure, logger, lifecycle);
    await startSearchIndexing(infrastructure, logger, lifecycle);
    // Registered before the start, because a start that fails half-way has begun to renew leases.
    lifecycle.onStop(() => worker.stop(config.drainSeconds * 1000));
    await worker.start();
    logger.info('ready', { role: config.role, workerId: ports.worker, provider: provider.name });
  }
  if (config.role === 'worker') return undefined;

  const endStopped = runner.run.bind(runner);
  const gateway = await startGateway({
    config,
    infrastructure,
    provider,
    endStopped,
    disclaimers,
    logger,
    telemetry,
    lifecycle,
  });
  logger.info('listening', { role: config.role, port: gateway.port });
  await greet(config, gateway);
  return gateway.port;
}
