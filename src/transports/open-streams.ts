import type { Principal } from '../account/principal.js';
import type { SessionWatch } from '../account/watch.js';
import { AppError } from '../errors.js';

/** Why a stream ends from this side. */
export type StreamEnd = 'token_expired' | 'draining';

/** One open stream: aborted with a `StreamEnd` as its reason, or without one when the client has gone. */
export interface OpenStream {
  readonly signal: AbortSignal;
  readonly close: () => void;
}

/** The open streams of this process, over whatever transport: they end with their token, and with the process. */
export class OpenStreams {
  readonly #sessions: SessionWatch;
  readonly #open = new Set<AbortController>();
  #draining = false;

  constructor(sessions: SessionWatch) {
    this.#sessions = sessions;
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

  /** Ends those that are open; no other begins. */
  endAll(): void {
    this.#draining = true;
    for (const ended of this.#open) ended.abort('draining' satisfies StreamEnd);
  }
}
