import { createCipheriv } from 'node:crypto';
import { type AttemptStart, writerOf } from '../../generation/attempts.js';
import { DataKey } from './data-key.js';

type Keystream = ReturnType<typeof createCipheriv>;

const BLOCK_BYTES = 16;

/**
 * Encrypts the text of one generation's log, byte for byte: AES-256-CTR, with a key of its own for each attempt and the byte's
 * position as the counter. So positions and lengths are those of the text, and a repeated append brings the same bytes: the
 * scripts work as they do without encryption. No part of a key's stream is used for two texts: an attempt never writes two different
 * texts at the same byte. Only a later attempt replaces text, and it has another key.
 *
 * Example: attempt 1 wrote bytes 0 to 9 and died; attempt 2 starts at 6. Bytes 0 to 5 are encrypted with the key of attempt 1, the
 * others with that of attempt 2.
 */
export class LogCipher {
  readonly #key: DataKey;
  readonly #messageId: string;
  readonly #attemptKeys = new Map<number, Buffer>();
  /** Goes on where the last call ended. Making a cipher costs five times as much as encrypting a token. */
  #last: { readonly attempt: number; readonly position: number; readonly cipher: Keystream } | undefined;

  constructor(key: DataKey, messageId: string) {
    this.#key = key;
    this.#messageId = messageId;
  }

  /** Of a log that nobody will be able to read. */
  static unreadable(messageId: string): LogCipher {
    return new LogCipher(DataKey.unstored(), messageId);
  }

  /** Encrypts or decrypts bytes of one attempt from `position` on. */
  ofAttempt(attempt: number, position: number, bytes: Buffer): Buffer {
    if (bytes.length === 0) return bytes;
    const last = this.#last;
    const goesOn = last?.attempt === attempt && last.position === position;
    const cipher = goesOn ? last.cipher : this.#cipherAt(attempt, position);
    this.#last = { attempt, position: position + bytes.length, cipher };
    return cipher.update(bytes);
  }

  /** Encrypts or decrypts bytes from `position` on that several attempts may have written. */
  ofAttempts(attempts: readonly AttemptStart[], position: number, bytes: Buffer): Buffer {
    const end = position + bytes.length;
    const starts = attempts.map(({ start }) => start).filter((start) => start > position && start < end);
    const bounds = [...new Set([position, ...starts, end])].toSorted((one, other) => one - other);
    const parts = bounds.slice(0, -1).map((from, index) => {
      const part = bytes.subarray(from - position, (bounds[index + 1] ?? end) - position);
      return this.ofAttempt(writerOf(from + 1, attempts), from, part);
    });
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  #cipherAt(attempt: number, position: number): Keystream {
    const counter = Buffer.alloc(BLOCK_BYTES);
    counter.writeUInt32BE(Math.floor(position / BLOCK_BYTES), BLOCK_BYTES - 4);
    const cipher = createCipheriv('aes-256-ctr', this.#attemptKey(attempt), counter);
    cipher.update(Buffer.alloc(position % BLOCK_BYTES));
    return cipher;
  }

  #attemptKey(attempt: number): Buffer {
    const known = this.#attemptKeys.get(attempt);
    if (known) return known;
    const key = this.#key.logKey(this.#messageId, attempt);
    this.#attemptKeys.set(attempt, key);
    return key;
  }
}
