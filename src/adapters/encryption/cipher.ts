import { DataKey } from './data-key.js';
import type { DataKeys, Owner } from './data-keys.js';
import { EncryptionError } from './encryption-error.js';
import { isSealed, plainText, sealedBytes, storedPlain, storedSealed } from './stored-text.js';

/**
 * How text and bytes are stored. A `place` names the column and the row, such as `messages.content <id>`: what is sealed for one
 * place opens at no other.
 */
export interface Cipher {
  /** Whether what is stored is encrypted. */
  readonly encrypts: boolean;
  seal(owner: Owner, place: string, text: string): Promise<string>;
  /** @throws EncryptionError; what is stored stays as it is */
  open(place: string, stored: string): Promise<string>;
  sealBytes(owner: Owner, place: string, bytes: Buffer): Promise<Buffer>;
  /** Opens what `sealBytes` has sealed. @throws EncryptionError as `open` does */
  openBytes(place: string, sealed: Buffer): Promise<Buffer>;
  /** A hash of what somebody wrote, as it is stored: nobody can find the text by hashing what it may be. */
  hmac(owner: Owner, hash: Buffer): Promise<Buffer>;
}

/** Without encryption. What was encrypted before does not open. */
export const noCipher: Cipher = {
  encrypts: false,
  seal: async (_owner, _place, text) => storedPlain(text),
  open: async (place, stored) => {
    if (isSealed(stored)) throw notSet(place);
    return plainText(stored);
  },
  sealBytes: async (_owner, _place, bytes) => bytes,
  openBytes: async (place) => {
    throw notSet(place);
  },
  hmac: async (_owner, hash) => hash,
};

function notSet(place: string): EncryptionError {
  return new EncryptionError('no_key_file', `${place} is encrypted, and ENCRYPTION_KEY_FILE is not set`);
}

/** Before everything sealed stands the id of its data key, as 16 bytes. */
const ID_BYTES = 16;
/** Keyed hashes are one byte longer than plain ones, which tells them apart. */
const KEYED = Buffer.of(1);

/** Encrypts with the data key of the owner. What was stored in plain text before is read as it is. */
export class DataKeyCipher implements Cipher {
  readonly encrypts = true;
  readonly #keys: DataKeys;

  constructor(keys: DataKeys) {
    this.#keys = keys;
  }

  async seal(owner: Owner, place: string, text: string): Promise<string> {
    // Nothing to hide, and answers that have not begun stay as small as they are.
    if (text === '') return text;
    return storedSealed(await this.sealBytes(owner, place, Buffer.from(text)));
  }

  async open(place: string, stored: string): Promise<string> {
    if (!isSealed(stored)) return plainText(stored);
    return (await this.openBytes(place, sealedBytes(stored))).toString();
  }

  async sealBytes(owner: Owner, place: string, bytes: Buffer): Promise<Buffer> {
    const key = await this.#keyOf(owner);
    return Buffer.concat([Buffer.from(key.id.replaceAll('-', ''), 'hex'), key.seal(place, bytes)]);
  }

  async openBytes(place: string, sealed: Buffer): Promise<Buffer> {
    const key = await this.#keys.byId(uuidOf(sealed.subarray(0, ID_BYTES)));
    return key.open(place, sealed.subarray(ID_BYTES));
  }

  async hmac(owner: Owner, hash: Buffer): Promise<Buffer> {
    return Buffer.concat([KEYED, (await this.#keyOf(owner)).hmac(hash)]);
  }

  /** While a user is being deleted, a key that is thrown away: the rows are deleted soon after. */
  async #keyOf(owner: Owner): Promise<DataKey> {
    return (await this.#keys.of(owner)) ?? DataKey.unstored();
  }
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
