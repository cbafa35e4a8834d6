import type { Capabilities, Client, ClientError } from '../../client/index.js';
import { uploadErrorText } from '../ui/error-text.js';
import { type FileKind, kindOf, prepareFile } from './prepare-file.js';

/** A file that was chosen for a message. */
export interface DraftFile {
  readonly id: number;
  readonly name: string;
  readonly kind: FileKind;
  /** What is sent: the file, or what it was converted to. */
  readonly blob: Blob;
  /** `failed`: for now; a message with it can be sent, and its upload is tried again. `refused`: it cannot be sent. */
  readonly state: 'preparing' | 'uploading' | 'ready' | 'failed' | 'refused';
  /** From 0 to 1. */
  readonly progress: number;
  /** Why it failed or was refused, for the person to read. */
  readonly problem?: string;
}

/** The server takes no more with one message. */
const MOST_FILES = 10;

/** The files of a message that is being written. Each is uploaded at once, while the person writes. */
export class FileDraft {
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  readonly #cancels = new Map<number, AbortController>();
  readonly #uploaded = new Map<number, string>();
  #files: readonly DraftFile[] = [];
  #lastId = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The same array until something changes. */
  readonly files = (): readonly DraftFile[] => this.#files;

  add(files: readonly File[], capabilities: Capabilities): void {
    for (const file of files) void this.#add(file, capabilities);
  }

  retry(id: number): void {
    void this.#upload(id);
  }

  /** Takes a file out again, on the server too. */
  remove(id: number): void {
    this.#cancels.get(id)?.abort();
    const attachmentId = this.#uploaded.get(id);
    // The server erases what no message has after a day; nobody has to wait for this.
    if (attachmentId !== undefined) void this.#client.removeAttachment(attachmentId).catch(() => {});
    this.#forget(id);
  }

  /** The files for a message that is sent now. Uploads go on: the outbox waits for them. */
  take(): readonly Blob[] {
    const blobs = this.#files.map(({ blob }) => blob);
    for (const { id } of this.#files) this.#forget(id);
    return blobs;
  }

  async #add(file: File, capabilities: Capabilities): Promise<void> {
    const id = ++this.#lastId;
    const draft: DraftFile = {
      id,
      name: file.name,
      kind: kindOf(file) ?? 'image',
      blob: file,
      state: 'preparing',
      progress: 0,
    };
    const isTooMany = this.#files.length >= MOST_FILES;
    this.#set([...this.#files, draft]);
    const prepared = isTooMany
      ? { refusal: `At most ${MOST_FILES} files can be sent with one message.` }
      : await prepareFile(file, capabilities);
    if ('refusal' in prepared) return this.#change(id, { state: 'refused', problem: prepared.refusal });
    this.#change(id, { blob: prepared.blob });
    await this.#upload(id);
  }

  async #upload(id: number): Promise<void> {
    const file = this.#files.find((other) => other.id === id);
    // Removed while it was converted.
    if (!file) return;
    const cancel = new AbortController();
    this.#cancels.set(id, cancel);
    this.#change(id, { state: 'uploading', progress: 0 });
    try {
      const { id: attachmentId } = await this.#client.upload(file.blob, {
        signal: cancel.signal,
        onProgress: ({ loaded, total }) => this.#change(id, { progress: loaded / total }),
      });
      this.#uploaded.set(id, attachmentId);
      this.#change(id, { state: 'ready', progress: 1 });
    } catch (error) {
      const { retryable } = (error as ClientError).problem;
      this.#change(id, { state: retryable ? 'failed' : 'refused', problem: uploadErrorText(error) });
    }
  }

  #forget(id: number): void {
    this.#cancels.delete(id);
    this.#uploaded.delete(id);
    this.#set(this.#files.filter((file) => file.id !== id));
  }

  #change(id: number, change: Partial<DraftFile>): void {
    this.#set(this.#files.map((file) => (file.id === id ? { ...file, ...change } : file)));
  }

  #set(files: readonly DraftFile[]): void {
    this.#files = files;
    for (const listener of this.#listeners) listener();
  }
}
