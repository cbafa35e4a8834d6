import type { Readable } from 'node:stream';
import { AppError } from '../kernel/errors.js';
import { FairQueue } from '../kernel/fair-queue.js';
import type { Attachment } from '../protocol/attachment.js';
import type {
  AttachmentStore,
  CleanFile,
  FileCleaner,
  SpooledFile,
  UploadSpool,
} from './attachment-store.js';

export interface AttachmentsPorts {
  readonly store: AttachmentStore;
  readonly cleaner: FileCleaner;
  readonly spool: UploadSpool;
  /** As in `MAX_ATTACHMENT_BYTES`. */
  readonly maxBytes: number;
  /** Told of each upload that was refused because the user's attachments have too many bytes. */
  readonly onFull?: () => void;
}

/** Uploads under way in this process: each has a file on disk. */
const MAX_UPLOADS = 200;
const MAX_UPLOADS_PER_USER = 60;
/** Files that are in memory at once, decoded and encoded. An image of 52 megapixels takes about 200 MB. */
const CLEANED_AT_ONCE = 2;

const RETRY_SECONDS = 5;

/** The images and voice messages of users. Those of others do not exist: `not_found`. */
export class Attachments {
  readonly #ports: AttachmentsPorts;
  readonly #uploads = new Map<string, number>();
  #uploading = 0;
  /** Users take turns, so that nobody waits behind another's fifty files. */
  readonly #cleaning = new FairQueue({
    atOnce: CLEANED_AT_ONCE,
    waiting: MAX_UPLOADS,
    waitingPerSource: MAX_UPLOADS_PER_USER,
    refusal: 'too many uploads at once',
  });

  constructor(ports: AttachmentsPorts) {
    this.#ports = ports;
  }

  get maxBytes(): number {
    return this.#ports.maxBytes;
  }

  /**
   * Takes one file in. `receive` passes the file's stream to its argument, once, and resolves when the whole request has come.
   * @throws AppError `unsupported_media_type`, `payload_too_large`, `rate_limited`; what `receive` throws. Then nothing is kept.
   */
  async add(userId: string, receive: ReceiveFile): Promise<Attachment> {
    return this.received(userId, receive, async (read) => {
      const file = await this.#ports.cleaner.clean(await read());
      const added = await this.#ports.store.add(userId, file);
      if (added === 'too_many') {
        throw new AppError('rate_limited', 'too many attachments that no message has: send or delete some', {
          retryAfter: RETRY_SECONDS,
        });
      }
      if (added === 'full') {
        this.#ports.onFull?.();
        throw new AppError(
          'payload_too_large',
          'your attachments take up all the space that you have: delete conversations with attachments',
        );
      }
      return added;
    });
  }

  /** Takes one file in and keeps nothing. @throws as `add` */
  clean(userId: string, receive: ReceiveFile): Promise<CleanFile> {
    return this.received(userId, receive, async (read) => this.#ports.cleaner.clean(await read()));
  }

  /** Receives a file and runs `use` on it when it is the user's turn. The file is gone afterwards. */
  async received<T>(
    userId: string,
    receive: ReceiveFile,
    use: (read: () => Promise<Buffer>) => Promise<T>,
  ): Promise<T> {
    this.#begin(userId);
    let spooled: SpooledFile | undefined;
    try {
      await receive(async (source) => {
        spooled = await this.#ports.spool.write(source, this.#ports.maxBytes);
      });
      if (!spooled) throw new AppError('bad_request', 'the form has no file: it must have one, named "file"');
      const file: SpooledFile = spooled;
      return await this.#cleaning.run(userId, () => use(() => file.read()));
    } finally {
      this.#end(userId);
      await spooled?.discard();
    }
  }

  /** @throws AppError `not_found` */
  async open(
    userId: string,
    id: string,
  ): Promise<{ attachment: Attachment; content: AsyncIterable<Buffer> }> {
    const attachment = await this.#ports.store.find(userId, id);
    if (!attachment) throw noSuchAttachment();
    return { attachment, content: await begun(this.#ports.store.read(id)) };
  }

  /** @throws AppError `not_found`; `conflict` when a message has it */
  async remove(userId: string, id: string): Promise<void> {
    const removed = await this.#ports.store.remove(userId, id);
    if (removed === 'not_found') throw noSuchAttachment();
    if (removed === 'used')
      throw new AppError('conflict', 'a message has this attachment: delete its conversation');
  }

  #begin(userId: string): void {
    const mine = this.#uploads.get(userId) ?? 0;
    if (mine >= MAX_UPLOADS_PER_USER || this.#uploading >= MAX_UPLOADS) {
      throw new AppError('rate_limited', 'too many uploads at once', { retryAfter: RETRY_SECONDS });
    }
    this.#uploads.set(userId, mine + 1);
    this.#uploading += 1;
  }

  #end(userId: string): void {
    const left = (this.#uploads.get(userId) ?? 1) - 1;
    if (left > 0) this.#uploads.set(userId, left);
    else this.#uploads.delete(userId);
    this.#uploading -= 1;
  }
}

/** With its first piece read, so that bytes that cannot be read are an error, not a response that breaks off. */
async function begun(content: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const iterator = content[Symbol.asyncIterator]();
  let first: IteratorResult<Buffer> | undefined = await iterator.next();
  const next = (): Promise<IteratorResult<Buffer>> => {
    const result = first;
    first = undefined;
    return result ? Promise.resolve(result) : iterator.next();
  };
  // Also of an iteration that never began: the file behind it is open.
  const end = async (): Promise<IteratorResult<Buffer>> =>
    (await iterator.return?.()) ?? { done: true, value: undefined };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}

/** Reads a request: calls `take` with the file as it comes, and resolves after both the file and the request are through. */
export type ReceiveFile = (take: (source: Readable) => Promise<void>) => Promise<void>;

export function noSuchAttachment(): AppError {
  return new AppError('not_found', 'there is no such attachment');
}
