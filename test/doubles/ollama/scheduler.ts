import { setTimeout as sleep } from 'node:timers/promises';

export interface SchedulerOptions {
  /** `OLLAMA_NUM_PARALLEL`: how many answers a loaded model writes at once; the others wait. No limit when not given. */
  readonly parallel?: number;
  /** `OLLAMA_MAX_QUEUE`: how many requests may wait for a model to be loaded; 512 when not given. */
  readonly maxQueue?: number;
  /** How long a model takes to be loaded; when not given, every model is loaded already. */
  readonly loadMs?: number;
}

/** What the scheduler did, for a test to look at. */
export interface SchedulerCounts {
  loads: number;
  /** Loads that ended because the client hung up. */
  abortedLoads: number;
  /** The most answers that waited for a place at once. */
  mostWaiting: number;
}

/**
 * Loads models and gives out their places as Ollama does (server/sched.go): one load at a time, for the request that has
 * waited longest, given up when its client hangs up; a model is loaded anew for another window.
 */
export class Scheduler {
  readonly counts: SchedulerCounts = { loads: 0, abortedLoads: 0, mostWaiting: 0 };
  readonly #options: SchedulerOptions;
  readonly #loaded = new Map<string, number>();
  #pending = 0;
  #loading: Promise<unknown> = Promise.resolve();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Resolves when the model has a place for the request, or with `busy`, or with `gone` when its client hung up. */
  async admit(model: string, window: number, signal: AbortSignal): Promise<'admitted' | 'busy' | 'gone'> {
    if (!this.#isLoaded(model, window)) {
      if (this.#pending > (this.#options.maxQueue ?? 512)) return 'busy';
      this.#pending += 1;
      const load = this.#loading.then(() => this.#load(model, window, signal));
      this.#loading = load;
      await load;
      this.#pending -= 1;
    }
    if (!signal.aborted) await this.#place(signal);
    return signal.aborted ? 'gone' : 'admitted';
  }

  release(): void {
    this.#running -= 1;
    this.#waiting.shift()?.();
  }

  /** As `/api/ps` does: waits while a model is loaded, then lists them with their windows. */
  async list(): Promise<[model: string, window: number][]> {
    await this.#loading;
    return [...this.#loaded];
  }

  #isLoaded(model: string, window: number): boolean {
    if (this.#options.loadMs === undefined) this.#loaded.set(model, window);
    return this.#loaded.get(model) === window;
  }

  async #load(model: string, window: number, signal: AbortSignal): Promise<void> {
    if (this.#isLoaded(model, window) || signal.aborted) return;
    this.counts.loads += 1;
    this.#loaded.delete(model);
    await sleep(this.#options.loadMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) this.counts.abortedLoads += 1;
    else this.#loaded.set(model, window);
  }

  async #place(signal: AbortSignal): Promise<void> {
    while (this.#running >= (this.#options.parallel ?? Number.POSITIVE_INFINITY)) {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        this.#waiting.push(resolve);
        this.counts.mostWaiting = Math.max(this.counts.mostWaiting, this.#waiting.length);
      });
      if (signal.aborted) return;
    }
    this.#running += 1;
  }
}
