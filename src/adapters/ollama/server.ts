import { Ollama } from 'ollama/browser';
import type { Clock } from '../../kernel/clock.js';
import { fetchUntil, UnreachableError } from './fetch.js';
import { askModelInfo, type ModelInfo, UNKNOWN } from './model-info.js';

/** What a server does with the model. */
export type ModelState =
  /** `contextTokens`: with this window. Older servers do not say it. */
  | { kind: 'loaded'; contextTokens?: number }
  /** Not loaded: a request has it loaded, which may take minutes. */
  | { kind: 'loading' }
  | { kind: 'unknown' };

/** How long what is known of a model is good, in ms: a model may be pulled anew under the same name. */
const INFO_MS = 60_000;
/** How long a question may take to be answered, in ms. */
const ANSWER_MS = 1500;
/** How long the list of loaded models may take, in ms. A server that loads one may answer when it is through. */
const LIST_MS = 300;
/** How long the state of a loaded model is good, in ms. */
const STATE_MS = 3000;

/** What one server says about itself and the model. */
export class Server {
  readonly #url: string;
  readonly #model: string;
  readonly #clock: Clock;
  #info: { value: ModelInfo; until: number } | undefined;
  #loaded: { value: ModelState; until: number } | undefined;

  constructor(url: string, model: string, clock: Clock) {
    this.#url = url;
    this.#model = model;
    this.#clock = clock;
  }

  /** Never rejects. */
  async answers(): Promise<boolean> {
    return this.#client(AbortSignal.timeout(ANSWER_MS))
      .version()
      .then(
        () => true,
        () => false,
      );
  }

  /** Unknown fields when the server does not say them, or not in time. Never rejects. */
  async info(signal: AbortSignal): Promise<ModelInfo> {
    const now = this.#clock.now();
    if (this.#info && now < this.#info.until) return this.#info.value;
    try {
      const value = await askModelInfo(this.#client(within(signal, ANSWER_MS)), this.#model);
      this.#info = { value, until: now + INFO_MS };
      return value;
    } catch (error) {
      // The request itself will say what is wrong with the server. What was known of the model still holds.
      if (!(error instanceof UnreachableError)) this.#info ??= { value: UNKNOWN, until: now + STATE_MS };
      return this.#info?.value ?? UNKNOWN;
    }
  }

  /**
   * While Ollama loads a model, `/api/ps` does not list it, or waits until it is loaded (server/sched.go). Then `/api/version`
   * tells a server that loads from one that answers nothing at all. Never rejects.
   */
  async loaded(model: string, signal: AbortSignal): Promise<ModelState> {
    const now = this.#clock.now();
    if (this.#loaded && now < this.#loaded.until) return this.#loaded.value;
    const late = within(signal, LIST_MS);
    try {
      const { models } = await this.#client(late).ps();
      const found = models.find(({ name, model: other }) => same(name, model) || same(other, model));
      if (!found) return { kind: 'loading' };
      const { context_length: window } = found as { context_length?: number };
      const value: ModelState = { kind: 'loaded', ...(window && { contextTokens: window }) };
      this.#loaded = { value, until: now + STATE_MS };
      return value;
    } catch {
      if (signal.aborted || !late.aborted) return { kind: 'unknown' };
      return (await this.answers()) ? { kind: 'loading' } : { kind: 'unknown' };
    }
  }

  #client(signal: AbortSignal): Ollama {
    return new Ollama({ host: this.#url, fetch: fetchUntil(signal) });
  }
}

function within(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}

/** A name without a tag means `latest`. */
function same(one: string | undefined, other: string): boolean {
  return one !== undefined && tagged(one) === tagged(other);
}

function tagged(name: string): string {
  return name.includes(':') ? name : `${name}:latest`;
}
