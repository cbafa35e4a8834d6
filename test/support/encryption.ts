import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { SystemClock } from '../../src/adapters/system-clock.js';
import { type Encryption, openEncryption } from '../../src/app/encryption.js';

/**
 * With VEDA_TEST_ENCRYPTION=1 every product that the tests start encrypts what is written: `VEDA_TEST_ENCRYPTION=1 npx jest test/dialects`.
 * Tests that look into the rows themselves do not pass then.
 */
export const encryptionEnv: Readonly<Record<string, string>> =
  process.env['VEDA_TEST_ENCRYPTION'] === '1' ? { ENCRYPTION_KEY_FILE: ownKeyFile() } : {};

/** One for all processes of a test file. */
function ownKeyFile(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'veda-keys-')), 'keys');
  writeFileSync(path, newKey('k1'));
  return path;
}

let encrypting = false;

/** From now on the stores of this test file encrypt what they keep. */
export function encryptRows(): void {
  encrypting = true;
}

/** As the product opens it: without encryption, unless `encryptRows` was called. */
export async function openTestEncryption(database: Knex): Promise<Encryption> {
  const config = encrypting ? { encryptionKeyFile: await keyFile(newKey('k1')) } : {};
  return openEncryption({ encryptionKeyFile: undefined, ...config }, database, new SystemClock());
}

/** A line of a key file. */
export function newKey(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

/** The path of a new key file with these lines. */
export async function keyFile(...lines: readonly string[]): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'veda-keys-')), 'keys');
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}
