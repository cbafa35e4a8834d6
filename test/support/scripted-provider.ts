import type { Finished, Prompt, Provider } from '../../src/generation/provider.js';

const END = Symbol('end');

/** One request to the provider, answered as the test says. */
export class Request {
  readonly prompt: Prompt;
  readonly signal: AbortSignal;
  readonly #queue: (string | Error | typeof END)[] = [];
  #wake: () => void = () => {};

  constructor(prompt: Prompt, signal: AbortSignal) {
    this.prompt = prompt;
    this.signal = signal;
    signal.addEventListener('abort', () => this.#wake());
  }

  say(text: string): void {
    this.#push(text);
  }

  end(): void {
    this.#push(END);
  }

  fail(error: Error): void {
    this.#push(error);
  }

  async *deltas(): AsyncGenerator<string, Finished> {
    for (;;) {
      this.signal.throwIfAborted();
      const next = this.#queue.shift();
      if (next === END) return { usage: { promptTokens: 1, completionTokens: 1 } };
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #push(item: string | Error | typeof END): void {
    this.#queue.push(item);
    this.#wake();
  }
}

/** A provider that says what the test says, when the test says it. */
export class ScriptedProvider implements Provider {
  readonly name = 'scripted';
  readonly model = 'scripted';
  readonly continues: boolean;
  readonly #requests: Request[] = [];
  readonly #waiting: ((request: Request) => void)[] = [];

  constructor(continues = true) {
    this.continues = continues;
  }

  generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<string, Finished> {
    const request = new Request(prompt, signal);
    const waiting = this.#waiting.shift();
    if (waiting) waiting(request);
    else this.#requests.push(request);
    return request.deltas();
  }

  /** The next request that is made. */
  async request(): Promise<Request> {
    return this.#requests.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  async reachable(): Promise<boolean> {
    return true;
  }
}
