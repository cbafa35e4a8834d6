import type { Attachment } from '../protocol/attachment.js';
import type { OutboxEntry, Platform, UploadOptions, UploadProgress } from './api.js';
import { ClientError, networkError } from './client-error.js';
import { postForm } from './post-form.js';
import { bodyOf, type Rest, request } from './rest.js';

/** Files are large, and a transcriber may have to load its model: the whole request may take this long, in ms. */
const TIMEOUT_MS = 900_000;

/** The server keeps an attachment that no message has for a day. One that is older than this, in ms, is uploaded again. */
const KEPT_MS = 72_000_000;

/** An upload, and everybody who waits for it. */
interface Upload {
  readonly attachment: Promise<Attachment>;
  readonly listeners: Set<(progress: UploadProgress) => void>;
  readonly cancel: AbortController;
  readonly begunAt: number;
  waiting: number;
}

/** Uploads and downloads attachments. All reject with a `ClientError`. */
export class Files {
  readonly #rest: Rest;
  readonly #platform: Platform;
  readonly #requests = new Set<AbortController>();
  /** So that a page can upload a file while its message is written, and the outbox goes on with that upload. */
  readonly #uploads = new WeakMap<Blob, Upload>();

  constructor(rest: Rest, platform: Platform) {
    this.#rest = rest;
    this.#platform = platform;
  }

  async upload(file: Blob, { onProgress, signal }: UploadOptions = {}): Promise<Attachment> {
    if (signal?.aborted) throw cancelled();
    const known = this.#uploads.get(file);
    const isKept = known && this.#platform.now() - known.begunAt < KEPT_MS;
    const upload = isKept ? known : this.#begin(file);
    upload.waiting++;
    if (onProgress) upload.listeners.add(onProgress);
    let leave = (): void => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(cancelled());
      signal?.addEventListener('abort', leave);
    });
    try {
      return await Promise.race([upload.attachment, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
      if (onProgress) upload.listeners.delete(onProgress);
      upload.waiting--;
      if (signal?.aborted && upload.waiting === 0) {
        upload.cancel.abort();
        this.#forget(file, upload);
      }
    }
  }

  /**
   * Uploads the files of a message one after the other. `onUploaded` gets the message each time with one file fewer.
   * @returns the ids of its attachments
   * @throws ClientError also `file_lost`
   */
  async uploadAll(
    entry: OutboxEntry,
    signal: AbortSignal,
    onUploaded: (entry: OutboxEntry) => void,
  ): Promise<string[]> {
    let { attachments, files } = entry;
    for (const [index, attachment] of attachments.entries()) {
      if (!isFile(attachment)) continue;
      attachments = attachments.with(index, await this.upload(attachment, { signal }));
      // A message has it from now on; if the file is sent once more, it must be another attachment.
      this.#uploads.delete(attachment);
      files = { ...files, [index]: attachment };
      onUploaded({ ...entry, attachments, files });
    }
    return attachments.map(idOf);
  }

  download(id: string, { signal: given }: { readonly signal?: AbortSignal } = {}): Promise<Blob> {
    return this.#ending(given, async (signal) => {
      const path = `/api/attachments/${encodeURIComponent(id)}`;
      const { response } = await this.#rest.open('GET', path, { signal });
      try {
        return await response.blob();
      } catch (cause) {
        throw networkError('the attachment broke off', { cause });
      }
    });
  }

  transcribe(
    recording: Blob,
    { language, signal: given }: { readonly language?: string; readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    const body = formOf(recording);
    if (language !== undefined) body.append('language', language);
    return this.#ending(given, async (signal) => {
      const { response } = await this.#rest.authorized('/api/transcriptions', (url, headers) =>
        request(this.#platform, url, { method: 'POST', headers, body, signal }),
      );
      return (await bodyOf<{ text: string }>(response)).text;
    });
  }

  /** Ends every request. */
  close(): void {
    for (const request of this.#requests) request.abort();
  }

  /** Gives `work` a signal that ends with the given one, with `close`, and after a long time. */
  async #ending<T>(given: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (given?.aborted) throw cancelled();
    const request = new AbortController();
    const end = (): void => request.abort();
    this.#requests.add(request);
    given?.addEventListener('abort', end);
    const cancelTimer = this.#platform.setTimer(TIMEOUT_MS, end);
    try {
      return await work(request.signal);
    } finally {
      cancelTimer();
      given?.removeEventListener('abort', end);
      this.#requests.delete(request);
    }
  }

  #begin(file: Blob): Upload {
    const cancel = new AbortController();
    const listeners: Upload['listeners'] = new Set();
    const onProgress = (progress: UploadProgress): void => {
      for (const listener of listeners) listener(progress);
    };
    const attachment = this.#ending(cancel.signal, (signal) => this.#post(file, onProgress, signal));
    const upload: Upload = { attachment, listeners, cancel, begunAt: this.#platform.now(), waiting: 0 };
    this.#uploads.set(file, upload);
    // The next try begins anew.
    attachment.catch(() => this.#forget(file, upload));
    return upload;
  }

  async #post(
    file: Blob,
    onProgress: (progress: UploadProgress) => void,
    signal: AbortSignal,
  ): Promise<Attachment> {
    try {
      const { response } = await this.#rest.authorized('/api/attachments', (url, headers) =>
        postForm(this.#platform, { url, headers, body: formOf(file), signal, onProgress }),
      );
      const attachment = await bodyOf<Attachment>(response);
      onProgress({ loaded: file.size, total: file.size });
      return attachment;
    } catch (error) {
      // Browsers report a file that was deleted or changed on the disk as a failure of the network; trying again cannot help.
      await file
        .slice(0, 1)
        .arrayBuffer()
        .catch(() => {
          throw lost('a file was moved or changed after it was chosen: attach it once more');
        });
      throw error;
    }
  }

  #forget(file: Blob, upload: Upload): void {
    if (this.#uploads.get(file) === upload) this.#uploads.delete(file);
  }
}

/** The server tells the kind by the bytes; the name only makes it a file. */
function formOf(file: Blob): FormData {
  const form = new FormData();
  form.append('file', file, 'file');
  return form;
}

function isFile(attachment: string | Attachment | Blob): attachment is Blob {
  return attachment instanceof Blob;
}

/** @throws ClientError `file_lost` for what a store has put in the place of a file that it could not keep */
function idOf(attachment: string | Attachment | Blob): string {
  const id = typeof attachment === 'string' ? attachment : (attachment as Partial<Attachment> | null)?.id;
  if (typeof id === 'string') return id;
  throw lost('a file of this message was lost when the page was loaded again: attach it once more');
}

function lost(message: string): ClientError {
  return new ClientError({ code: 'file_lost', message, retryable: false });
}

function cancelled(): ClientError {
  return networkError('the upload was cancelled');
}
