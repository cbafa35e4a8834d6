import { createLogger } from './adapters/pino-logger.js';
import { startEmbeddedPostgres } from './adapters/postgres/embedded.js';
import { migrate } from './adapters/postgres/migrate.js';
import { type DatabaseConfig, parseDatabaseConfig } from './config.js';
import { StartError } from './start-error.js';

/** `npm run migrate`: migrates the configured or the embedded database, and exits. */
try {
  const config = parseDatabaseConfig(process.env);
  await (config.databaseUrl ? migrate(config.databaseUrl) : migrateEmbedded(config));
  createLogger(config.logLevel).info('migrated');
} catch (error) {
  const { code, name } = error as NodeJS.ErrnoException;
  const reason = error instanceof StartError ? error.message : `the migration failed (${code ?? name})`;
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}

async function migrateEmbedded({ dataDir }: DatabaseConfig): Promise<void> {
  const postgres = await startEmbeddedPostgres({ dataDir });
  try {
    await migrate(postgres.url);
  } finally {
    await postgres.stop();
  }
}
