import type { Delta, Finished, Prompt, Provider, Sign } from '../../src/generation/provider.js';

const USAGE = { promptTokens: 1, completionTokens: 1 };

/** One request to the provider, answered as the test says. It ignores its signal, as a careless provider may. */
export class Request {
  readonly prompt: Prompt;
  readonly signal: AbortSignal;
  /** Resolves when the generator has ended or was closed. */
  readonly closed: Promise<void>;
  #close: () => void = () => {};
  readonly #queue: (Delta | Error | Finished)[] = [];
  #wake: () => void = () => {};

  constructor(prompt: Prompt, signal: AbortSignal) {
    this.prompt = prompt;
    this.signal = signal;
    this.closed = new Promise((resolve) => (this.#close = resolve));
  }

  say(text: string): void {
    this.#push(text);
  }

  sign(sign: Sign['sign']): void {
    this.#push({ sign });
  }

  end(finished: Finished = { usage: USAGE }): void {
    this.#push({ usage: USAGE, ...finished });
  }

  fail(error: Error): void {
    this.#push(error);
  }

  async *deltas(): AsyncGenerator<Delta, Finished> {
    try {
      for (;;) {
        const next = this.#queue.shift();
        if (next instanceof Error) throw next;
        if (typeof next === 'string' || (next && 'sign' in next)) yield next;
        else if (next) return next;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#close();
    }
  }

  #push(item: Delta | Error | Finished): void {
    this.#queue.push(item);
    this.#wake();
  }
}

/** A provider that says what the test says, when the test says it. */
export class ScriptedProvider implements Provider {
  readonly name = 'scripted';
  readonly model = 'scripted';
  readonly continues: boolean;
  /** The longest prompt that it takes. */
  longest: number | undefined;
  /** How often it was asked. */
  asked = 0;
  readonly #requests: Request[] = [];
  readonly #waiting: ((request: Request) => void)[] = [];

  constructor(continues = true) {
    this.continues = continues;
  }

  generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<Delta, Finished> {
    this.asked += 1;
    const request = new Request(prompt, signal);
    const waiting = this.#waiting.shift();
    if (waiting) waiting(request);
    else this.#requests.push(request);
    return request.deltas();
  }

  async promptTokens(): Promise<number | undefined> {
    return this.longest;
  }

  /** The next request that is made. */
  async request(): Promise<Request> {
    return this.#requests.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  async reachable(): Promise<boolean> {
    return true;
  }
}
