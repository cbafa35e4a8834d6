import { readFile } from 'node:fs/promises';
import { StartError } from '../../start-error.js';
import type { MasterKey } from './data-key.js';

/** Of a master key, in bytes: AES-256. */
const KEY_BYTES = 32;
/** Fewer different bytes than this are a placeholder. */
const LEAST_VARIETY = 5;
const LINE = /^([\w.-]{1,64}):([A-Za-z0-9+/]{43}=)$/;

/**
 * The file that `ENCRYPTION_KEY_FILE` names: one master key a line, as `id:base64`. The first wraps new data keys; the others only
 * open what they have wrapped. Empty lines and lines that begin with `#` are left out.
 *
 *     k2:mD9x…=     (openssl rand -base64 32)
 *     k1:8Fq0…=
 */
export class KeyFile {
  readonly #path: string;
  #keys: readonly [MasterKey, ...MasterKey[]];

  private constructor(path: string, keys: readonly [MasterKey, ...MasterKey[]]) {
    this.#path = path;
    this.#keys = keys;
  }

  /** @throws StartError when the file cannot be read, or has a line of another form. */
  static async read(path: string): Promise<KeyFile> {
    return new KeyFile(path, await readKeys(path));
  }

  /** Wraps new data keys. */
  get current(): MasterKey {
    return this.#keys[0];
  }

  get ids(): readonly string[] {
    return this.#keys.map(({ id }) => id);
  }

  /** Reads the file again when it does not know the key: it may have been changed since. @throws StartError as `read` does. */
  async find(id: string): Promise<MasterKey | undefined> {
    const known = this.#keys.find((key) => key.id === id);
    if (known) return known;
    await this.reload();
    return this.#keys.find((key) => key.id === id);
  }

  /** @throws StartError as `read` does; then the keys stay as they were. */
  async reload(): Promise<void> {
    this.#keys = await readKeys(this.#path);
  }
}

async function readKeys(path: string): Promise<readonly [MasterKey, ...MasterKey[]]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`ENCRYPTION_KEY_FILE cannot be read: ${error.code}`, { cause: error });
  });
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.flatMap((line, index) =>
    line === '' || line.startsWith('#') ? [] : [parseLine(line, index + 1)],
  );
  const [first, ...others] = keys;
  if (!first) throw new StartError('ENCRYPTION_KEY_FILE has no key: it needs a line like id:base64');
  if (new Set(keys.map(({ id }) => id)).size < keys.length) {
    throw new StartError('ENCRYPTION_KEY_FILE has two keys of the same id');
  }
  return [first, ...others];
}

/** Never quotes the line: it holds a key. */
function parseLine(line: string, number: number): MasterKey {
  const [, id, base64] = LINE.exec(line) ?? [];
  if (id === undefined || base64 === undefined) {
    throw new StartError(
      `ENCRYPTION_KEY_FILE line ${number} must be like id:base64, with ${KEY_BYTES} bytes in base64 (openssl rand -base64 32)`,
    );
  }
  const key = Buffer.from(base64, 'base64');
  if (new Set(key).size < LEAST_VARIETY) {
    throw new StartError(`ENCRYPTION_KEY_FILE line ${number} has no random key: use openssl rand -base64 32`);
  }
  return { id, key };
}
