import type { Clock } from '../kernel/clock.js';
import type { GenerationLimits } from './limits.js';
import { ProviderError, type Sign } from './provider.js';

/**
 * Aborts with a `ProviderError` when a provider is silent for too long, or takes too long in all. Waiting for a place at a
 * busy server is neither and has a limit of its own; loading a model is no silence.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #limits: GenerationLimits;
  readonly #abort: (reason: ProviderError) => void;
  readonly #stopped = new AbortController();
  #state: Sign['sign'] | 'begun' = 'asked';
  /** When `#state` began, or text last came. */
  #since: number;
  #end: number;
  /** How long it has waited for places, without the wait that goes on now, in ms. */
  #waitedMs = 0;

  constructor(clock: Clock, limits: GenerationLimits, abort: (reason: ProviderError) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#abort = abort;
    this.#since = clock.now();
    this.#end = this.#since + limits.totalMs;
    void this.#watch();
  }

  /** The provider gave text, or ended. */
  heard(): void {
    this.#enter('begun');
  }

  sign(sign: Sign['sign']): void {
    // While the model thinks it has begun: silence is then measured as between two pieces of text.
    this.#enter(sign === 'thinking' ? 'begun' : sign);
  }

  stop(): void {
    this.#stopped.abort('stopped');
  }

  #enter(state: Sign['sign'] | 'begun'): void {
    const now = this.#clock.now();
    if (this.#state === 'queued') {
      // The time in the queue is not the model's.
      this.#end += now - this.#since;
      this.#waitedMs += now - this.#since;
    }
    this.#state = state;
    this.#since = now;
  }

  /** One sleeping timer however many tokens come: it looks when the silence could have become too long. */
  async #watch(): Promise<void> {
    const { signal } = this.#stopped;
    const { totalMs, firstTokenMs, idleMs, placeMs } = this.#limits;
    while (!signal.aborted) {
      const now = this.#clock.now();
      const silence = this.#silence();
      const queued = this.#state === 'queued';
      const place = this.#since + placeMs - this.#waitedMs;
      if (queued && now >= place) return this.#abort(noPlace());
      if (!queued && now >= this.#end) return this.#abort(tooSlow('took too long'));
      if (silence !== undefined && now >= silence) {
        return this.#abort(
          tooSlow(this.#state === 'begun' ? 'stopped answering' : 'did not begin to answer in time'),
        );
      }
      // The state may change to one with a shorter limit, so no sleep exceeds the shortest limit.
      const look = Math.min(firstTokenMs, idleMs, totalMs, placeMs);
      const due = queued ? place : Math.min(this.#end, silence ?? now + look);
      await this.#clock.sleep(Math.max(Math.min(due - now, look), 1), signal);
    }
  }

  /** When the silence is too long. */
  #silence(): number | undefined {
    if (this.#state === 'begun') return this.#since + this.#limits.idleMs;
    return this.#state === 'asked' ? this.#since + this.#limits.firstTokenMs : undefined;
  }
}

function noPlace(): ProviderError {
  return new ProviderError('llm_unavailable', 'no model server had a place in time');
}

function tooSlow(what: string): ProviderError {
  return new ProviderError('llm_timeout', `the model ${what}`);
}
