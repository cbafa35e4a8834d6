/**
 * A byte buffer that grows at its end. With a `limit` it keeps at least that many of the newest bytes, and at most twice as
 * many. Buffers that it returned are never overwritten.
 */
export class GrowingBytes {
  readonly #limit: number;
  #buffer: Buffer;
  #start: number;
  #length: number;

  /** `first` begins at position `start`. */
  constructor(first: Buffer = Buffer.alloc(0), start = 0, limit = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#buffer = first;
    this.#start = start;
    this.#length = first.length;
  }

  /** The position of the oldest byte that is kept. */
  get start(): number {
    return this.#start;
  }

  /** The position after the newest byte. */
  get end(): number {
    return this.#start + this.#length;
  }

  /** Up to `max` bytes from `position`, which must not lie before `start`. */
  from(position: number, max = Number.POSITIVE_INFINITY): Buffer {
    const begin = position - this.#start;
    return this.#buffer.subarray(begin, Math.max(begin, Math.min(begin + max, this.#length)));
  }

  append(bytes: Buffer): void {
    if (this.#length + bytes.length > this.#buffer.length) this.#grow(bytes.length);
    bytes.copy(this.#buffer, this.#length);
    this.#length += bytes.length;
  }

  /** Drops the bytes from `position` on. */
  truncate(position: number): void {
    // A buffer without spare room: the next append copies it, and views of the old bytes stay valid.
    this.#buffer = this.from(this.#start, position - this.#start);
    this.#length = this.#buffer.length;
  }

  /** Copies into a new buffer of twice the size, so that appends take amortised constant time. Old views stay valid. */
  #grow(more: number): void {
    const kept = this.from(Math.max(this.#start, this.end + more - this.#limit));
    const roomy = Buffer.alloc(Math.max(1024, (kept.length + more) * 2));
    kept.copy(roomy);
    this.#start = this.end - kept.length;
    this.#length = kept.length;
    this.#buffer = roomy;
  }
}
