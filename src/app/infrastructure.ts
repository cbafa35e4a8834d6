import { join } from 'node:path';
import type { Knex } from 'knex';
import type { AttachmentFolder } from '../adapters/attachments/attachment-folder.js';
import { type Jobs, jobsOnPostgres, jobsOnRedis } from '../adapters/bullmq/jobs.js';
import { MemoryGenerationLog } from '../adapters/memory/log.js';
import { MemoryNotifier } from '../adapters/memory/notifier.js';
import { connectDatabase } from '../adapters/postgres/database.js';
import { lockDatabase } from '../adapters/postgres/database-lock.js';
import { startEmbeddedPostgres } from '../adapters/postgres/embedded.js';
import { migrate } from '../adapters/postgres/migrate.js';
import { requireMigrated } from '../adapters/postgres/migrated.js';
import { memoryRateLimiter } from '../adapters/rate-limiter/memory.js';
import { redisRateLimiters } from '../adapters/rate-limiter/redis.js';
import { connectRedis, type RedisConnections } from '../adapters/redis/connect.js';
import { RedisGenerationLog } from '../adapters/redis/log.js';
import { RedisNotifier } from '../adapters/redis/notifier.js';
import { Subscriber } from '../adapters/redis/subscriber.js';
import { SystemClock } from '../adapters/system-clock.js';
import type { Config } from '../config.js';
import type { GenerationLog } from '../generation/generation-log.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { Notifier } from '../kernel/notifier.js';
import type { OpenRateLimiter } from '../kernel/rate-limiter.js';
import { throttledWarning } from '../kernel/throttled-warning.js';
import type { Lifecycle } from '../lifecycle.js';
import { openAttachmentFolder } from './attachment-folder.js';
import { type Encryption, openEncryption } from './encryption.js';

/** The servers, connections and ports that every role uses. */
export interface Infrastructure {
  readonly database: Knex;
  /** Connections of their own, so that leases are renewed however many requests wait and however slow a sweep is. */
  readonly leases: Knex;
  readonly sweeps: Knex;
  readonly encryption: Encryption;
  /** Of attachments. Absent without `ATTACHMENT_DIR`. */
  readonly folder: AttachmentFolder | undefined;
  readonly jobs: Jobs;
  readonly log: GenerationLog;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly rateLimiters: OpenRateLimiter;
  /** Whether notifications of other processes arrive now. */
  readonly notified: () => boolean;
  /** Absent without `REDIS_URL`. */
  readonly redis?: Pick<RedisConnections, 'ping'>;
}

/** Postgres connections of one process: enough for concurrent requests, few enough for many processes. */
const POOL = 20;
/** For data keys, which are in memory most of the time. Without encryption one is used once, at the start. */
const KEY_POOL = 2;

/** A connection for leases or sweeps that is silent for this long, in ms, is replaced. */
const SILENCE_MS = 5000;
/** How long a statement of a sweep may take, in ms: less, so that the server ends it. */
const SWEEP_MS = 4000;

/** Connects to the servers. In the embedded default it also starts PostgreSQL. */
export async function openInfrastructure(
  config: Config,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<Infrastructure> {
  const clock = new SystemClock();
  const url = config.databaseUrl ?? (await embedded(config, logger, lifecycle));
  const database = connectDatabase(url, { poolMax: POOL });
  lifecycle.onStop(() => database.destroy());
  await requireMigrated(database);
  const connect = (name: string, statementMs: number): Knex => {
    const applicationName = `veda-gateway ${name}`;
    const own = connectDatabase(url, { poolMax: 1, applicationName, silenceMs: SILENCE_MS, statementMs });
    lifecycle.onStop(() => own.destroy());
    return own;
  };
  // A renewal that is stuck is given up while there is time for another.
  const leases = connect('leases', Math.round((config.leaseSeconds * 1000) / 3));
  const sweeps = connect('sweeps', SWEEP_MS);
  const dataKeys = connectDatabase(url, { poolMax: KEY_POOL, applicationName: 'veda-gateway keys' });
  lifecycle.onStop(() => dataKeys.destroy());
  const encryption = await openEncryption(config, dataKeys, clock);
  const folder = await openAttachmentFolder(config, database, encryption.cipher);
  const infrastructure = { database, leases, sweeps, clock, encryption, folder };
  return config.redisUrl === undefined
    ? { ...infrastructure, ...(await withoutRedis(config, url, clock, logger, lifecycle)) }
    : {
        ...infrastructure,
        ...(await onRedis(config, config.redisUrl, clock, encryption, logger, lifecycle)),
      };
}

async function embedded(config: Config, log: Logger, lifecycle: Lifecycle): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  lifecycle.onStop(() => postgres.stop());
  await migrate(postgres.url);
  return postgres.url;
}

type LogAndJobs = Pick<Infrastructure, 'jobs' | 'log' | 'notifier' | 'notified' | 'rateLimiters' | 'redis'>;

async function withoutRedis(
  config: Config,
  url: string,
  clock: Clock,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<LogAndJobs> {
  lifecycle.onStop(await lockDatabase(url, (error) => lifecycle.fail(error)));
  const notifier = new MemoryNotifier();
  const log = new MemoryGenerationLog({
    clock,
    notifier,
    retentionSeconds: config.streamRetentionSeconds,
    timed: config.metricsPort !== undefined,
  });
  const jobs = await jobsOnPostgres(url, logger);
  lifecycle.onStop(() => jobs.close());
  // The embedded database belongs to this process; another one may be changed by the command line.
  const notified = (): boolean => config.databaseUrl === undefined;
  return { jobs, log, notifier, notified, rateLimiters: memoryRateLimiter };
}

async function onRedis(
  config: Config,
  url: string,
  clock: Clock,
  encryption: Encryption,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<LogAndJobs> {
  let connected = true;
  const redis = connectRedis(url, (change) => {
    connected = change.kind === 'back';
    if (change.kind === 'lost') logger.warn('redis connection lost', { error: change.error });
    else logger.info('redis connection back', { durationMs: change.afterMs });
  });
  lifecycle.onStop(() => redis.close());
  const subscriber = new Subscriber(redis.pubsub);
  const log = new RedisGenerationLog({
    redis,
    subscriber,
    clock,
    onRefusal: throttledWarning(logger, 'log not written'),
    // Redis takes whole seconds only.
    retentionSeconds: Math.ceil(config.streamRetentionSeconds),
    liveSeconds: Math.ceil(config.generationSeconds + config.streamRetentionSeconds),
    timed: config.metricsPort !== undefined,
    ...(encryption.keys && { ciphers: encryption.keys.logs }),
  });
  const jobs = await jobsOnRedis(url, logger);
  lifecycle.onStop(() => jobs.close());
  const notifier = new RedisNotifier({ reads: redis.reads, subscriber });
  const rateLimiters = redisRateLimiters(redis.reads, throttledWarning(logger, 'limits not shared'));
  return { jobs, log, notifier, notified: () => connected, rateLimiters, redis };
}

/** The path of a file that the embedded default keeps beside its database. */
export function dataFile(config: Pick<Config, 'dataDir'>, name: string): string {
  return join(config.dataDir, name);
}

/** How long after its end an answer's log may still be there, in seconds. */
export function logSeconds({ generationSeconds, streamRetentionSeconds }: Config): number {
  return generationSeconds + streamRetentionSeconds;
}
