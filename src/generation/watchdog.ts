import type { Clock } from '../kernel/clock.js';
import type { GenerationLimits } from './limits.js';
import { ProviderError } from './provider.js';

/** Aborts with a `ProviderError` when a provider is silent for too long, or takes too long in all. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #limits: GenerationLimits;
  readonly #abort: (reason: ProviderError) => void;
  readonly #stopped = new AbortController();
  #heardAt: number;
  #begun = false;

  constructor(clock: Clock, limits: GenerationLimits, abort: (reason: ProviderError) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#abort = abort;
    this.#heardAt = clock.now();
    void this.#watch();
  }

  /** The provider gave a sign of life. */
  heard(): void {
    this.#heardAt = this.#clock.now();
    this.#begun = true;
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** One sleeping timer however many tokens come: it looks when the silence could have become too long. */
  async #watch(): Promise<void> {
    const { signal } = this.#stopped;
    const end = this.#clock.now() + this.#limits.totalMs;
    for (;;) {
      const silence = this.#heardAt + (this.#begun ? this.#limits.idleMs : this.#limits.firstTokenMs);
      const due = Math.min(silence, end);
      await this.#clock.sleep(due - this.#clock.now(), signal);
      if (signal.aborted) return;
      if (this.#clock.now() >= end) return this.#abort(tooSlow('took too long'));
      if (
        this.#clock.now() >=
        this.#heardAt + (this.#begun ? this.#limits.idleMs : this.#limits.firstTokenMs)
      ) {
        return this.#abort(tooSlow(this.#begun ? 'stopped answering' : 'did not begin to answer in time'));
      }
    }
  }
}

function tooSlow(what: string): ProviderError {
  return new ProviderError('llm_timeout', `the model ${what}`);
}
