/** Event listeners by name. */
export class Listeners<T> {
  readonly #handlers = new Map<string, Set<(value: T) => void>>();

  get names(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  has(name: string): boolean {
    return this.#handlers.has(name);
  }

  add(name: string, handler: (value: T) => void): void {
    const handlers = this.#handlers.get(name);
    if (handlers) handlers.add(handler);
    else this.#handlers.set(name, new Set([handler]));
  }

  delete(name: string, handler: (value: T) => void): void {
    const handlers = this.#handlers.get(name);
    handlers?.delete(handler);
    if (handlers?.size === 0) this.#handlers.delete(name);
  }

  call(name: string, value: T): void {
    for (const handler of this.#handlers.get(name) ?? []) handler(value);
  }

  callAll(value: T): void {
    for (const name of this.names) this.call(name, value);
  }
}
