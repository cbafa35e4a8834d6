import type { Principal } from '../account/principal.js';
import type { SessionMonitor } from '../account/session-monitor.js';
import type { Clock } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';

/** Why a stream ends from this side. */
export type StreamEnd = 'token_expired' | 'draining';

/** One open stream: aborted with a `StreamEnd` as its reason, or without one when the client has gone. */
export interface OpenStream {
  readonly signal: AbortSignal;
  readonly close: () => void;
}

/** How often some of the open streams are ended, and how many at least, when all are to end. */
const SLICE_MS = 50;
const SLICE = 50;

/** The open streams of this process, over whatever transport: they end with their token, and with the process. */
export class OpenStreams {
  readonly #sessions: SessionMonitor;
  readonly #open = new Set<AbortController>();
  readonly #clock: Clock;
  #draining = false;

  constructor(sessions: SessionMonitor, clock: Clock) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /** Whether no stream may begin any more. */
  get draining(): boolean {
    return this.#draining;
  }

  /** @throws AppError `draining`, when no stream may begin any more. */
  open(principal: Principal): OpenStream {
    if (this.#draining) throw new AppError('draining', 'the server is restarting', { retryAfter: 1 });
    const ended = new AbortController();
    const unwatch = this.#sessions.watch(principal, (reason) => ended.abort(reason));
    this.#open.add(ended);
    return {
      signal: ended.signal,
      close: () => {
        unwatch();
        this.#open.delete(ended);
        ended.abort();
      },
    };
  }

  /**
   * Ends those that are open, and no other begins. A few at once; many spread over at most `withinMs`, since all of them
   * come back elsewhere.
   */
  async endAll(withinMs: number): Promise<void> {
    this.#draining = true;
    const open = [...this.#open];
    const slices = Math.max(1, Math.floor(withinMs / SLICE_MS));
    const slice = Math.max(SLICE, Math.ceil(open.length / slices));
    for (let at = 0; at < open.length; at += slice) {
      if (at > 0) await this.#clock.sleep(SLICE_MS);
      for (const ended of open.slice(at, at + slice)) ended.abort('draining' satisfies StreamEnd);
    }
  }
}
