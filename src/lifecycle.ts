/** Stops what was started, in the opposite order. */
export class Lifecycle {
  readonly #stops: (() => unknown)[] = [];
  #fail: (error: Error) => void = () => {};
  /** Resolves when a part can no longer do its work and the process must end; usually never. */
  readonly failed = new Promise<Error>((resolve) => {
    this.#fail = resolve;
  });

  /** Says that the process must end, and why. */
  fail(error: Error): void {
    this.#fail(error);
  }

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
