import type { Readable } from 'node:stream';
import type { Attachment, MediaType } from '../protocol/attachment.js';

/** A file that was checked and cleaned, before it is stored. */
export interface CleanFile {
  readonly kind: Attachment['kind'];
  readonly mediaType: MediaType;
  readonly content: Buffer;
  readonly width?: number;
  readonly height?: number;
  readonly durationMs?: number;
}

/**
 * Where attachments are kept. Every method takes the user who asks, and to it another user's attachment is one that does not
 * exist.
 */
export interface AttachmentStore {
  /** `too_many`: the user has 200 attachments that no message has. `full`: the user's attachments would have too many bytes. */
  add(userId: string, file: CleanFile): Promise<Attachment | 'too_many' | 'full'>;
  /** Not once its conversation is deleted. */
  find(userId: string, id: string): Promise<Attachment | undefined>;
  /** Its bytes in pieces of 256 KiB, each read when it is asked for. Fails when it is deleted meanwhile. */
  read(id: string): AsyncIterable<Buffer>;
  /** Removes one that no message has. */
  remove(userId: string, id: string): Promise<'removed' | 'used' | 'not_found'>;
}

/** Tells what a file is from its bytes, checks it and takes out what is not for others. */
export interface FileCleaner {
  /** @throws AppError `unsupported_media_type`, `payload_too_large` */
  clean(file: Buffer): Promise<CleanFile>;
}

/** Takes in uploads without keeping them in memory. */
export interface UploadSpool {
  /** @throws AppError `payload_too_large` beyond `maxBytes`; whatever the source fails with. Then nothing is left. */
  write(source: Readable, maxBytes: number): Promise<SpooledFile>;
}

/** An upload that has arrived. Whoever got it calls `discard`. */
export interface SpooledFile {
  readonly bytes: number;
  read(): Promise<Buffer>;
  discard(): Promise<void>;
}
