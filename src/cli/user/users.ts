import { uuidv7 } from 'uuidv7';
import { Administration } from '../../account/administration.js';
import { UserDeletion } from '../../account/deletion.js';
import { UserExport } from '../../account/export.js';
import { Argon2Hasher } from '../../adapters/argon2.js';
import { MemoryGenerationLog } from '../../adapters/memory/log.js';
import { MemoryNotifier } from '../../adapters/memory/notifier.js';
import { PostgresConversationStore } from '../../adapters/postgres/conversation-store.js';
import { PostgresExportStore } from '../../adapters/postgres/export-store.js';
import { PostgresPurge } from '../../adapters/postgres/purge.js';
import { PostgresUserDeletion } from '../../adapters/postgres/user-deletion.js';
import { PostgresUserStore } from '../../adapters/postgres/user-store.js';
import { connectRedis } from '../../adapters/redis/connect.js';
import { type LogCiphers, RedisGenerationLog } from '../../adapters/redis/log.js';
import { RedisNotifier } from '../../adapters/redis/notifier.js';
import { Subscriber } from '../../adapters/redis/subscriber.js';
import { SystemClock } from '../../adapters/system-clock.js';
import { openAttachmentFolder } from '../../app/attachment-folder.js';
import { openAudit } from '../../app/audit.js';
import { openEncryption } from '../../app/encryption.js';
import { parseAttachmentConfig, parseAuditConfig, parseEncryptionConfig } from '../../config.js';
import { MessageHistory } from '../../conversation/history.js';
import type { GenerationLog } from '../../generation/generation-log.js';
import type { Notifier } from '../../kernel/notifier.js';
import { Lifecycle } from '../../lifecycle.js';
import { openDatabase } from '../database.js';

/** The log needs a retention; here it only erases, so any value does. */
const KEPT_SECONDS = 1;

/** Longer than any `STREAM_RETENTION_SECONDS`: an operator's command does not know the gateway's. */
const LOG_SECONDS = 2_000_000;

/** Named as the author of an answer that no model has begun: an operator's command does not know the gateway's model. */
const UNKNOWN_MODEL = 'unknown';

/**
 * Lets `work` administer the users of the gateway whose environment this is, and disconnects. Without `DATABASE_URL` the
 * embedded database is started for it, which only works while the gateway does not run.
 * @throws CliError or StartError when there is no database, or it is not up to date.
 */
export async function withUsers<T>(
  env: NodeJS.ProcessEnv,
  work: (users: Administration) => Promise<T>,
): Promise<T> {
  const lifecycle = new Lifecycle();
  try {
    const clock = new SystemClock();
    const database = await openDatabase(env, lifecycle);
    const audit = await openAudit(parseAuditConfig(env), { database, clock }, () => {}, lifecycle);
    const { cipher, keys } = await openEncryption(parseEncryptionConfig(env), database, clock);
    const folder = await openAttachmentFolder(parseAttachmentConfig(env), database, cipher);
    const logs = env['REDIS_URL'] ? logsOnRedis(env['REDIS_URL'], keys?.logs, lifecycle) : logsInMemory();
    const deletion = new UserDeletion({
      store: new PostgresUserDeletion(database, LOG_SECONDS),
      clock,
      ...logs,
    });
    const conversations = new PostgresConversationStore(database, uuidv7, LOG_SECONDS, UNKNOWN_MODEL, cipher);
    const history = new MessageHistory({ store: conversations, log: logs.log });
    return await work(
      new Administration({
        store: new PostgresUserStore(database),
        hasher: new Argon2Hasher(),
        deletion,
        userExport: new UserExport(new PostgresExportStore(database, UNKNOWN_MODEL, cipher, folder), history),
        purge: new PostgresPurge(database, { logSeconds: LOG_SECONDS, folder }),
        notifier: logs.notifier,
        audit,
        newId: uuidv7,
      }),
    );
  } finally {
    await lifecycle.stop();
  }
}

interface Logs {
  readonly log: GenerationLog;
  readonly notifier: Notifier;
}

function logsOnRedis(url: string, ciphers: LogCiphers | undefined, lifecycle: Lifecycle): Logs {
  const redis = connectRedis(url, () => {});
  const subscriber = new Subscriber(redis.pubsub);
  const notifier = new RedisNotifier({ reads: redis.reads, subscriber });
  const log = new RedisGenerationLog({
    redis,
    subscriber,
    clock: new SystemClock(),
    retentionSeconds: KEPT_SECONDS,
    liveSeconds: KEPT_SECONDS,
    ...(ciphers && { ciphers }),
  });
  lifecycle.onStop(async () => {
    // Notifications are sent without waiting for them; a reply to a later command shows that they are out.
    await redis.ping().catch(() => {});
    await redis.close();
  });
  return { log, notifier };
}

/** Without Redis, logs are in the memory of the gateway's process, which does not run now: there is nothing to erase. */
function logsInMemory(): Logs {
  const notifier = new MemoryNotifier();
  const log = new MemoryGenerationLog({ clock: new SystemClock(), notifier, retentionSeconds: KEPT_SECONDS });
  return { log, notifier };
}
