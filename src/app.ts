import { PostgresGenerationStore } from './adapters/postgres/generation-store.js';
import { openBacking } from './app/backing.js';
import { startGateway } from './app/gateway.js';
import { runnerPorts } from './app/generating.js';
import { greet } from './app/greeting.js';
import { providerOf } from './app/provider.js';
import type { Config } from './config.js';
import { Lifecycle } from './lifecycle.js';
import type { Log } from './log.js';
import { Runner } from './worker/runner.js';
import { Worker } from './worker/worker.js';

export interface App {
  /** Of the gateway, when there is one. */
  readonly port?: number;
  /** Streams end, running answers get `DRAIN_SECONDS` and are handed over; then everything closes, in order. */
  stop(): Promise<void>;
}

/**
 * Starts what the role asks for. Whatever has started is stopped when something fails to start.
 * @throws StartError
 */
export async function startApp(config: Config, logger: Log): Promise<App> {
  const lifecycle = new Lifecycle();
  try {
    const port = await start(config, logger, lifecycle);
    return { ...(port !== undefined && { port }), stop: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function start(config: Config, logger: Log, lifecycle: Lifecycle): Promise<number | undefined> {
  const backing = await openBacking(config, logger, lifecycle);
  const provider = providerOf(config, backing.clock);
  const ports = await runnerPorts(config, backing, provider, logger);
  const runner = new Runner(ports);

  if (config.role !== 'gateway') {
    const concurrency = config.workerConcurrency;
    const store = new PostgresGenerationStore(backing.leases);
    const worker = new Worker({ ...ports, store, runner, concurrency, source: backing.jobs.source });
    // First, since a start that fails half-way has begun to renew leases.
    lifecycle.onStop(() => worker.stop(config.drainSeconds * 1000));
    await worker.start();
    logger.info('ready', { role: config.role, workerId: ports.worker, provider: provider.name });
  }
  if (config.role === 'worker') return undefined;

  const endStopped = runner.run.bind(runner);
  const gateway = await startGateway(config, backing, provider, endStopped, logger, lifecycle);
  logger.info('listening', { role: config.role, port: gateway.port });
  await greet(config, gateway);
  return gateway.port;
}
