import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { openWith, sealWith } from './sealed.js';

/** A key of the key file. It wraps data keys, and encrypts nothing else. */
export interface MasterKey {
  readonly id: string;
  readonly key: Buffer;
}

/** A data key as it is stored: encrypted with the master key of this id. */
export interface WrappedKey {
  /** A UUID. */
  readonly id: string;
  readonly userId: string;
  readonly masterKeyId: string;
  readonly wrapped: Buffer;
}

const BYTES = 32;

/**
 * What encrypts one user's text. Each use has a key of its own, derived by HKDF (RFC 5869), so that no use weakens another.
 */
export class DataKey {
  /** A UUID; it stands beside everything that the key has sealed. */
  readonly id: string;
  readonly #text: Buffer;
  readonly #hashes: Buffer;
  readonly #logs: Buffer;

  constructor(id: string, secret: Buffer) {
    this.id = id;
    const derive = (use: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `veda ${use}`, BYTES));
    this.#text = derive('text');
    this.#hashes = derive('hashes');
    this.#logs = derive('logs');
  }

  /** A key that is stored nowhere: what it encrypts can be read by nobody, as of a user who is gone. */
  static unstored(): DataKey {
    return new DataKey('00000000-0000-0000-0000-000000000000', randomBytes(BYTES));
  }

  seal(place: string, plain: Buffer): Buffer {
    return sealWith(this.#text, place, plain);
  }

  /** @throws EncryptionError as `openWith` does */
  open(place: string, sealed: Buffer): Buffer {
    return openWith(this.#text, place, sealed);
  }

  /** A hash that tells nothing to whoever guesses what was hashed, unless he has the key. */
  hmac(hash: Buffer): Buffer {
    return createHmac('sha256', this.#hashes).update(hash).digest();
  }

  /** Of what one attempt writes into the log of one generation. */
  logKey(messageId: string, attempt: number): Buffer {
    return createHmac('sha256', this.#logs).update(`${messageId} ${attempt}`).digest();
  }
}

/** A new data key, wrapped. */
export function newWrappedKey(id: string, userId: string, master: MasterKey): WrappedKey {
  return wrap(id, userId, master, randomBytes(BYTES));
}

/** @throws EncryptionError when it is not what this master key has wrapped for this user */
export function unwrap({ id, userId, wrapped }: WrappedKey, master: MasterKey): DataKey {
  return new DataKey(id, openWith(master.key, placeOf(id, userId), wrapped));
}

/** The same data key under another master key. @throws EncryptionError as `unwrap` does */
export function rewrap({ id, userId, wrapped }: WrappedKey, from: MasterKey, to: MasterKey): WrappedKey {
  return wrap(id, userId, to, openWith(from.key, placeOf(id, userId), wrapped));
}

function wrap(id: string, userId: string, master: MasterKey, secret: Buffer): WrappedKey {
  const wrapped = sealWith(master.key, placeOf(id, userId), secret);
  return { id, userId, masterKeyId: master.id, wrapped };
}

function placeOf(id: string, userId: string): string {
  return `data_keys ${id} ${userId}`;
}
