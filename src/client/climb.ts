import type { Platform, TransportName } from './api.js';
import type { Attempt } from './attempt.js';
import type { Ladder } from './ladder.js';

export interface ClimbOptions {
  readonly platform: Platform;
  /** The one that holds just now. */
  readonly ladder: () => Ladder;
  readonly place: () => Promise<string>;
  readonly open: (transport: TransportName, cursor: string) => Attempt;
  /** `better` has told all that there is, and holds it for whoever listens; it takes over from `attempt`. */
  readonly onTop: (better: Attempt, attempt: Attempt) => void;
}

/** Tries better transports beside the one in use, so that nothing is missed when one gets through. */
export class Climb {
  readonly #options: ClimbOptions;
  #cancel: () => void = () => {};

  constructor(options: ClimbOptions) {
    this.#options = options;
  }

  /** From now on, whenever the time of a better transport than this one's has come. */
  from(attempt: Attempt): void {
    this.cancel();
    const better = this.#options.ladder().better(attempt.transport);
    if (better === undefined) return;
    if (typeof better === 'string') void this.#try(attempt, better);
    else this.#cancel = this.#options.platform.setTimer(better, () => this.from(attempt));
  }

  cancel(): void {
    this.#cancel();
    this.#cancel = () => {};
  }

  async #try(attempt: Attempt, transport: TransportName): Promise<void> {
    let isCancelled = false;
    this.#cancel = () => {
      isCancelled = true;
    };
    const cursor = await this.#options.place().catch(() => undefined);
    // Without a place there is no connection to climb from either.
    if (isCancelled || cursor === undefined) return;
    const trial = this.#options.open(transport, cursor);
    this.#cancel = () => {
      isCancelled = true;
      trial.end({ kind: 'left', why: 'switch' });
    };
    const isReady = await trial.ready;
    if (isCancelled) return;
    this.#cancel = () => {};
    if (isReady) return this.#options.onTop(trial, attempt);
    this.#options.ladder().block(transport);
    this.from(attempt);
  }
}
