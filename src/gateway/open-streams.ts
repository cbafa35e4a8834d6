import type { Principal } from '../account/principal.js';
import type { SessionMonitor } from '../account/session-monitor.js';
import type { Clock } from '../kernel/clock.js';
import { CountByKey } from '../kernel/count-by-key.js';
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

/** How many streams may be open at once in this process. */
export interface StreamLimits {
  readonly perUser: number;
  /** As limits count it: of IPv6 a network. */
  readonly perAddress: number;
}

/** After this time, in s, a client over the limit may try again. */
const RETRY_SECONDS = 30;

/** The open streams of this process, on all transports. They end with their token, and when the process drains. */
export class OpenStreams {
  readonly #sessions: SessionMonitor;
  readonly #open = new Set<AbortController>();
  readonly #clock: Clock;
  readonly #limits: StreamLimits;
  readonly #metrics: Metrics | undefined;
  readonly #byUser = new CountByKey();
  readonly #byAddress = new CountByKey();
  #draining = false;

  constructor(sessions: SessionMonitor, clock: Clock, limits: StreamLimits, metrics?: Metrics) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /** Whether new streams are refused. */
  get draining(): boolean {
    return this.#draining;
  }

  /** @throws AppError `rate_limited` when the user or the address has as many open streams in this process as are allowed. */
  requireRoom({ userId }: Principal, address: string): void {
    const { perUser, perAddress } = this.#limits;
    if (this.#byUser.of(userId) >= perUser) throw this.#refusal('streams', 'of this user');
    if (this.#byAddress.of(address) >= perAddress)
      throw this.#refusal('streamsOfAddress', 'from this address');
  }

  /** @throws AppError `draining` when the process drains; `rate_limited` as `requireRoom`. */
  open(principal: Principal, transport: StreamTransport, address: string): OpenStream {
    if (this.#draining) throw new AppError('draining', 'the server is restarting', { retryAfter: 1 });
    this.requireRoom(principal, address);
    const ended = new AbortController();
    const unwatch = this.#sessions.watch(principal, (reason) => ended.abort(reason));
    this.#open.add(ended);
    const count = (change: number): void => {
      this.#byUser.add(principal.userId, change);
      this.#byAddress.add(address, change);
      this.#metrics?.change('veda_streams_open', { transport }, change);
    };
    count(1);
    return {
      signal: ended.signal,
      close: () => {
        unwatch();
        if (this.#open.delete(ended)) count(-1);
        ended.abort();
      },
    };
  }

  #refusal(limit: string, whose: string): AppError {
    this.#metrics?.countBy('veda_limited_total', { limit });
    return new AppError('rate_limited', `too many open streams ${whose}`, { retryAfter: RETRY_SECONDS });
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
