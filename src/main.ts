import { createLog } from './adapters/log.js';
import { startApp } from './app.js';
import { parseConfig } from './config.js';
import { StartError } from './start-error.js';

/** Longest stop, beyond the time that running answers are given, in ms. */
const STOP_MS = 10_000;

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const log = createLog(config.logLevel);
  process.on('uncaughtException', (error) => {
    // Node would print the message, which may quote what a user wrote.
    log.error('crashed', { error });
    process.exit(1);
  });
  const stopAsked = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve).once('SIGINT', resolve);
  });
  const app = await startApp(config, log).catch((error: unknown) => {
    if (!(error instanceof StartError)) log.error('cannot start', { error });
    throw error;
  });
  const signal = await stopAsked;
  log.info('stopping', { signal });
  setTimeout(() => process.exit(1), config.drainSeconds * 1000 + STOP_MS).unref();
  process.once('SIGINT', () => process.exit(1));
  await app.stop();
  log.info('stopped');
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const line = error instanceof StartError ? error.message : 'cannot start: see the log';
    process.stderr.write(`veda-gateway: ${line}\n`);
    process.exit(1);
  },
);
