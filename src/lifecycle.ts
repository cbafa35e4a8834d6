/** Stops what was started, in the opposite order. */
export class Lifecycle {
  readonly #stops: (() => unknown)[] = [];

  /** Registers `stop`. It is called after everything that was registered later has stopped. */
  onStop(stop: () => unknown): void {
    this.#stops.push(stop);
  }

  /** Stops everything, also after a failure. @throws the first failure */
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
