import { fstatSync, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** How much is kept, in bytes, while lines cannot be written. Lines that come then are dropped and counted. */
const MAX_PENDING_BYTES = 1_048_576;

/** How long until what could not be written is tried again, in ms. */
const RETRY_MS = 100;

/** How long the end of the process may wait for a reader, in ms, and how often it tries meanwhile. */
const EXIT_MS = 500;
const EXIT_LOOK_MS = 20;

/**
 * Writes log lines to a file descriptor, and never blocks or throws: a full disk, or a pipe that is closed or that nobody
 * reads, costs lines and not the service. (sonic-boom, which pino brings along, tries for ever to write the rest to a full
 * disk when the process ends.)
 */
export class LogOutput implements DestinationStream {
  readonly #fd: number;
  readonly #maxBytes: number;
  #pending: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #onRecovered: (dropped: number) => void = () => {};

  constructor(fd: number, maxBytes: number = MAX_PENDING_BYTES) {
    this.#fd = fd;
    this.#maxBytes = maxBytes;
    if (fd === 1) unblockStdout();
    process.on('exit', () => this.#writeLast());
  }

  /** Is told how many lines were dropped, as soon as lines can be written again. */
  onRecovered(told: (dropped: number) => void): void {
    this.#onRecovered = told;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > this.#maxBytes) {
      this.#dropped += 1;
      return;
    }
    this.#pending.push(bytes);
    this.#bytes += bytes.length;
    // While it fails, every line would cost a call that fails.
    if (!this.#timer) this.#writePending();
  }

  #writePending(): void {
    while (this.#pending.length > 0) {
      const bytes = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
      if (!bytes) return;
      try {
        const written = writeSync(this.#fd, bytes);
        this.#bytes = bytes.length - written;
        this.#pending = this.#bytes > 0 ? [bytes.subarray(written)] : [];
      } catch {
        return this.#retryLater();
      }
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#onRecovered(dropped);
  }

  /** A reader that is only slow gets the last lines too. */
  #writeLast(): void {
    clearTimeout(this.#timer);
    const until = performance.now() + EXIT_MS;
    for (this.#writePending(); this.#pending.length > 0; this.#writePending()) {
      if (performance.now() > until) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EXIT_LOOK_MS);
    }
  }

  #retryLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writePending();
    }, RETRY_MS).unref();
  }
}

/** Node puts a pipe into non-blocking mode when it is asked for it. A write into one that is full would block the process. */
function unblockStdout(): void {
  const stdout = fstatSync(1);
  if (stdout.isFIFO() || stdout.isSocket()) void process.stdout;
}
