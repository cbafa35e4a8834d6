import type { Principal } from '../account/principal.js';
import type { SessionMonitor } from '../account/session-monitor.js';
import type { Clock } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';
import type { Metrics, StreamTransport } from '../kernel/metrics.js';

/** Why the gateway ends a stream. */
export type StreamEnd = 'token_expired' | 'draining';

/** One open stream: aborted with a `StreamEnd` as its reason, or without one when the client has gone. */
export interface OpenStream {
  readonly signal: AbortSignal;
  readonly close: () => void;
}

/** While draining, at least `SLICE` streams are ended every `SLICE_MS`. */
const SLICE_MS = 50;
const SLICE = 50;

/** Many devices with many tabs each. */
const MAX_PER_USER = 500;

/** After this time, in s, a client over the limit may try again. */
const RETRY_SECONDS = 30;

/** The open streams of this process, on all transports. They end with their token, and when the process drains. */
export class OpenStreams {
  readonly #sessions: SessionMonitor;
  readonly #open = new Set<AbortController>();
  readonly #clock: Clock;
  readonly #maxPerUser: number;
  readonly #metrics: Metrics | undefined;
  readonly #byUser = new Map<string, number>();
  #draining = false;

  /** `maxPerUser` bounds the open streams of a user in this process. */
  constructor(sessions: SessionMonitor, clock: Clock, metrics?: Metrics, maxPerUser = MAX_PER_USER) {
    this.#maxPerUser = maxPerUser;
    this.#metrics = metrics;
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /** Whether new streams are refused. */
  get draining(): boolean {
    return this.#draining;
  }

  /** @throws AppError `rate_limited` when the user has as many open streams in this process as are allowed. */
  requireRoom({ userId }: Principal): void {
    if ((this.#byUser.get(userId) ?? 0) < this.#maxPerUser) return;
    this.#metrics?.countBy('veda_limited_total', { limit: 'streams' });
    throw new AppError('rate_limited', 'too many open streams of this user', { retryAfter: RETRY_SECONDS });
  }

  /** @throws AppError `draining` when the process drains; `rate_limited` as `requireRoom`. */
  open(principal: Principal, transport: StreamTransport): OpenStream {
    if (this.#draining) throw new AppError('draining', 'the server is restarting', { retryAfter: 1 });
    this.requireRoom(principal);
    const ended = new AbortController();
    const unwatch = this.#sessions.watch(principal, (reason) => ended.abort(reason));
    this.#open.add(ended);
    this.#count(principal.userId, transport, 1);
    return {
      signal: ended.signal,
      close: () => {
        unwatch();
        if (this.#open.delete(ended)) this.#count(principal.userId, transport, -1);
        ended.abort();
      },
    };
  }

  #count(userId: string, transport: StreamTransport, change: number): void {
    this.#metrics?.change('veda_streams_open', { transport }, change);
    const count = (this.#byUser.get(userId) ?? 0) + change;
    if (count > 0) this.#byUser.set(userId, count);
    else this.#byUser.delete(userId);
  }

  /**
   * Ends the open streams, and refuses new ones. A few end at once; many are spread over at most `withinMs`, since all their
   * clients reconnect elsewhere.
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
