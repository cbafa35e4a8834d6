/** From the kill of a worker to the next text of each answer that it was writing. */
export class Recoveries {
  kills = 0;
  /** In ms. */
  readonly times: number[] = [];
  readonly #waiting = new Map<string, number>();

  /** The worker that was answering these questions is killed. One that is hit again before it went on is counted anew. */
  killed(keys: readonly string[], at: number): void {
    this.kills++;
    for (const key of keys) this.#waiting.set(key, at);
  }

  /** A client was told more of an answer. */
  text(key: string, at: number): void {
    const since = this.#waiting.get(key);
    // What was on its way already, the dead worker may have written.
    if (since === undefined || at - since < IN_FLIGHT_MS) return;
    this.#waiting.delete(key);
    this.times.push(at - since);
  }
}

/** How long text is on its way to a client at the most, in ms: less than any lease. */
const IN_FLIGHT_MS = 250;
