/** Something that gathers text and can write what it has gathered. */
export interface Flushable {
  /** Writes what has been gathered. Never rejects. */
  flush(): Promise<void>;
}

/**
 * Writes the new text of all generations of a worker, one flush in flight at the most: what arrives meanwhile goes with
 * the next. Under light load every delta is written at once; under heavy load the batches grow by themselves.
 */
export class Flusher {
  readonly #waiting = new Set<Flushable>();
  #flushing = false;

  /** Has `answer` flushed soon. */
  add(answer: Flushable): void {
    this.#waiting.add(answer);
    if (!this.#flushing) void this.#flush();
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting];
      this.#waiting.clear();
      // Started in one tick, so that the adapter sends them as one pipeline.
      await Promise.all(batch.map((answer) => answer.flush()));
    }
    this.#flushing = false;
  }
}
