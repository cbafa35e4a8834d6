/** Runs work with the same key one at a time, and work with different keys at once. */
export class KeyedMutex {
  /** The last piece of work of each key. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` when all earlier work with this key has settled. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const mine = before.then(work);
    const done = mine.catch(() => {});
    this.#last.set(name, done);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === done) this.#last.delete(name);
    }
  }
}
