/** Collects text and writes it on demand. */
export interface Flushable {
  /** Writes what was collected. Never rejects. */
  flush(): Promise<void>;
}

/**
 * Flushes the answers of a worker. Each answer has at most one flush in flight; text that arrives meanwhile goes with the
 * next one. So a lone token is written at once, and under load writes batch by themselves. Answers do not wait for each
 * other: one may be restoring its log, which asks Postgres. The Redis adapter sends the writes of one tick as a pipeline.
 */
export class Flusher {
  readonly #waiting = new Set<Flushable>();
  readonly #flushing = new Set<Flushable>();

  /** Schedules a flush of `answer`. */
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
