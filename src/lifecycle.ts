/** What was started, to be stopped in the opposite order. */
export class Lifecycle {
  readonly #stops: (() => unknown)[] = [];

  /** Has `stop` called when everything started later has stopped. */
  onStop(stop: () => unknown): void {
    this.#stops.push(stop);
  }

  /** Stops all, even what comes after a failure. @throws the first failure */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.#stops.splice(0).toReversed()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
