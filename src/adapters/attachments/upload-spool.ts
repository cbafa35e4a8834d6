import { type Cipher, createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { SpooledFile, UploadSpool } from '../../conversation/attachment-store.js';
import { AppError } from '../../kernel/errors.js';

const CIPHER = 'aes-256-ctr';

/**
 * Keeps uploads on disk while they arrive, so that slow clients and many of them cost no memory. What is on disk is encrypted with
 * a key that only this process has, and only for this file: no photograph lies readable in a temporary folder. The file has no name
 * once it is open, so that it is gone with the process, however that ends.
 */
export class TemporaryFileSpool implements UploadSpool {
  readonly #directory: string;

  constructor(directory: string = tmpdir()) {
    this.#directory = directory;
  }

  async write(source: Readable, maxBytes: number): Promise<SpooledFile> {
    const path = join(this.#directory, `veda-upload-${randomUUID()}`);
    const file = await open(path, 'wx+', 0o600);
    const key = randomBytes(32);
    const iv = randomBytes(16);
    try {
      await unlink(path);
      const bytes = await fill(file, source, createCipheriv(CIPHER, key, iv), maxBytes);
      return {
        bytes,
        read: async () => createDecipheriv(CIPHER, key, iv).update(await whole(file, bytes)),
        discard: () => file.close(),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

/** Not through a stream of the file: one that does not close its file also keeps it from being closed. */
async function fill(file: FileHandle, source: Readable, cipher: Cipher, maxBytes: number): Promise<number> {
  let bytes = 0;
  for await (const piece of source as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    await file.writeFile(cipher.update(piece));
  }
  return bytes;
}

async function whole(file: FileHandle, bytes: number): Promise<Buffer> {
  const content = Buffer.allocUnsafe(bytes);
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await file.read(content, at, bytes - at, at);
    if (bytesRead === 0) throw new Error('a spooled upload is shorter than it was');
    at += bytesRead;
  }
  return content;
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('payload_too_large', `an attachment has at most ${maxBytes} bytes`);
}
