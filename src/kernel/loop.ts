import type { Clock } from './clock.js';

/** Work in rounds that goes on in the background until it is stopped, such as a sweep every second. */
export class Loop {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /** Aborts when the loop is to stop: whatever a round waits for must end then. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /**
   * Begins the first round. The next one follows as soon as a round resolves, so a round includes its wait.
   * @param round must not reject: the loop would end, and nobody would be told
   */
  start(round: (signal: AbortSignal) => Promise<void>): void {
    this.#running = this.#run(round);
  }

  /** Resolves when the round that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(round: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) await round(signal);
  }
}

/** How long to wait after a batch, in ms: background work is never urgent, and leaves the database to others. */
const BATCH_MS = 50;
/** How long to wait when there is nothing more to do, in ms. */
const IDLE_MS = 10_000;

/**
 * Rounds that work through a backlog, batch by batch, and then look at it every ten seconds.
 * @param batch resolves with whether there is more to do at once; must not reject
 */
export function inBatches(
  clock: Clock,
  batch: () => Promise<boolean>,
): (signal: AbortSignal) => Promise<void> {
  let more = true;
  return async (signal) => {
    await clock.sleep(more ? BATCH_MS : IDLE_MS, signal);
    if (!signal.aborted) more = await batch();
  };
}
