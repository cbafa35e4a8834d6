/** Something that gathers text and can write what it has gathered. */
export interface Flushable {
  /** Writes what has been gathered. Never rejects. */
  flush(): Promise<void>;
}

/**
 * Writes the new text of all generations of a worker, each one's in its order: one flush of an answer in flight, and what
 * arrives meanwhile goes with its next. No answer waits for another: one of them may be restoring its log, for which
 * Postgres is asked. That many are written at once in one pipeline is the adapter's doing.
 */
export class Flusher {
  readonly #waiting = new Set<Flushable>();
  readonly #flushing = new Set<Flushable>();

  /** Has `answer` flushed soon. */
  add(answer: Flushable): void {
    this.#waiting.add(answer);
    if (!this.#flushing.has(answer)) void this.#flush(answer);
  }

  async #flush(answer: Flushable): Promise<void> {
    this.#flushing.add(answer);
    while (this.#waiting.delete(answer)) await answer.flush();
    this.#flushing.delete(answer);
  }
}
