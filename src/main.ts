import { createLogger } from './adapters/pino-logger.js';
import { startApp } from './app.js';
import { parseConfig } from './config.js';
import { StartError } from './start-error.js';

/** Longest stop in ms, on top of the time that open streams and running answers get. */
const STOP_MS = 15_000;

/** A second Ctrl-C later than this, in ms, comes from a person and ends the process at once. */
const SECOND_SIGNAL_MS = 1000;

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const log = createLogger(config.logLevel);
  // A terminal that is closed ends what it started by a signal, not by an error of ours.
  process.stderr.on('error', () => {});
  process.on('uncaughtException', (error) => {
    // Node would print the message, which may quote text of a user.
    log.error('crashed', { error });
    process.exit(1);
  });
  const stopAsked = new Promise<NodeJS.Signals>((resolve) => {
    // Never removed: npm forwards signals that the terminal also sends, so each may come twice.
    process.on('SIGTERM', resolve).on('SIGINT', resolve);
  });
  const app = await startApp(config, log).catch((error: unknown) => {
    if (!(error instanceof StartError)) log.error('cannot start', { error });
    throw error;
  });
  const reason = await Promise.race([stopAsked, app.failed]);
  if (reason instanceof Error) log.error('stopping', { error: reason });
  else log.info('stopping', { signal: reason });
  setTimeout(() => process.exit(1), config.drainSeconds * 1500 + STOP_MS).unref();
  setTimeout(() => process.on('SIGINT', () => process.exit(1)), SECOND_SIGNAL_MS).unref();
  await app.stop();
  log.info('stopped');
  if (reason instanceof Error) throw reason;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const line = error instanceof StartError ? error.message : 'cannot start: see the log';
    process.stderr.write(`veda-gateway: ${line}\n`);
    process.exit(1);
  },
);
