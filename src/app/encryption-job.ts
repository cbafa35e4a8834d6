import { PostgresEncryptionJob } from '../adapters/postgres/encryption-job.js';
import type { Logger } from '../kernel/logger.js';
import type { Lifecycle } from '../lifecycle.js';
import { Reencrypter } from '../worker/reencrypter.js';
import type { Infrastructure } from './infrastructure.js';

/** In every worker, when encryption is on. */
export function startReencrypter(
  { database, clock, folder, encryption: { cipher, keys } }: Infrastructure,
  logger: Logger,
  lifecycle: Lifecycle,
): void {
  if (!keys) return;
  const reencryption = new PostgresEncryptionJob(database, cipher, keys.file, keys.store, folder);
  const reencrypter = new Reencrypter({ reencryption, clock, logger });
  reencrypter.start();
  lifecycle.onStop(() => reencrypter.stop());
}
