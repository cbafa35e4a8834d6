import type { Knex } from 'knex';
import { uuidv7 } from 'uuidv7';
import { type Cipher, DataKeyCipher, noCipher } from '../adapters/encryption/cipher.js';
import { unwrap } from '../adapters/encryption/data-key.js';
import { DataKeys } from '../adapters/encryption/data-keys.js';
import { KeyFile } from '../adapters/encryption/key-file.js';
import { LogCipher } from '../adapters/encryption/log-cipher.js';
import { PostgresDataKeyStore } from '../adapters/postgres/data-key-store.js';
import type { LogCiphers } from '../adapters/redis/log.js';
import type { EncryptionConfig } from '../config.js';
import type { Clock } from '../kernel/clock.js';
import { StartError } from '../start-error.js';

/** How this process stores what people write. */
export interface Encryption {
  readonly cipher: Cipher;
  /** Called when a user was deleted. */
  readonly forgetKeys: () => void;
  /** Absent: nothing is encrypted. */
  readonly keys?: {
    readonly file: KeyFile;
    readonly store: PostgresDataKeyStore;
    readonly logs: LogCiphers;
  };
}

/**
 * Reads the key file and checks that it has every key that data keys are wrapped with.
 *
 * @param database for data keys alone: whoever reads one may hold a connection of another pool
 * @throws StartError when the file cannot be used, lacks a key, or is not set while there is encrypted text
 */
export async function openEncryption(
  { encryptionKeyFile }: EncryptionConfig,
  database: Knex,
  clock: Clock,
): Promise<Encryption> {
  const store = new PostgresDataKeyStore(database);
  const used = await store.masterKeys();
  if (encryptionKeyFile === undefined) {
    if (used.length > 0) {
      throw new StartError('ENCRYPTION_KEY_FILE is required: the database has encrypted text');
    }
    return { cipher: noCipher, forgetKeys: () => {} };
  }
  const file = await KeyFile.read(encryptionKeyFile);
  for (const key of used) {
    const master = await file.find(key.masterKeyId);
    if (!master) {
      throw new StartError(
        `ENCRYPTION_KEY_FILE lacks the key ${key.masterKeyId}, which data keys are wrapped with`,
      );
    }
    try {
      unwrap(key, master);
    } catch (error) {
      throw new StartError(
        `ENCRYPTION_KEY_FILE has another key ${master.id} than data keys are wrapped with`,
        {
          cause: error,
        },
      );
    }
  }
  const keys = new DataKeys(store, file, clock, uuidv7);
  return {
    cipher: new DataKeyCipher(keys),
    forgetKeys: () => keys.clear(),
    keys: {
      file,
      store,
      logs: async ({ conversationId, messageId }) => {
        const key = await keys.of({ conversationId });
        return key && new LogCipher(key, messageId);
      },
    },
  };
}
