/** Lets those of one name go one after the other, and all names at once. */
export class KeyedMutex {
  /** Who came last, by name. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` when all that came before it under this name has been done. */
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
