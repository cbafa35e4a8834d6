import type { Clock } from '../../kernel/clock.js';

/** One model server. */
export interface Host {
  readonly url: string;
  /** How many requests of this worker have a place there. */
  taken: number;
  /** Whether its last request found no connection. */
  down: boolean;
  /** When it last gave text to a request of this worker, as the clock counts. */
  heardAt: number;
}

export interface HostsOptions {
  readonly urls: readonly string[];
  /** How many requests a host gets at once from this worker. */
  readonly places: number;
  readonly clock: Clock;
  /** Whether the host answers now. Never rejects. */
  readonly answers: (host: Host) => Promise<boolean>;
}

interface Waiter {
  readonly without: ReadonlySet<Host>;
  readonly take: (host: Host) => void;
}

/** A host that is down is asked again whether it answers, but not more often than this, in ms. */
const PROBE_MS = 1000;

/**
 * The places for requests at the model servers: the least busy host first, and first come, first served. A host that is
 * down is skipped until it answers; when all are, they are tried all the same.
 */
export class Hosts {
  readonly #options: HostsOptions;
  readonly #hosts: readonly Host[];
  #waiting: Waiter[] = [];
  readonly #probedAt = new Map<Host, number>();

  constructor(options: HostsOptions) {
    this.#options = options;
    this.#hosts = options.urls.map((url) => ({
      url,
      taken: 0,
      down: false,
      heardAt: Number.NEGATIVE_INFINITY,
    }));
  }

  /** A host to ask something that needs no place. */
  get first(): Host {
    return this.#best(this.#hosts) as Host;
  }

  /** How many requests wait for a place. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes a place now. Undefined when there is none, or others wait. */
  tryTake(without: ReadonlySet<Host>): Host | undefined {
    return this.#waiting.length === 0 ? this.#take(without) : undefined;
  }

  /**
   * Waits for a place. An aborted wait leaves the queue.
   * @throws the signal's reason when it aborts.
   */
  async take(without: ReadonlySet<Host>, signal: AbortSignal): Promise<Host> {
    signal.throwIfAborted();
    const free = this.tryTake(without);
    if (free) return free;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        without,
        take: (host) => {
          signal.removeEventListener('abort', leave);
          resolve(host);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** Gives a place back, to whoever has waited longest for one there. */
  release(host: Host): void {
    host.taken -= 1;
    for (const waiter of this.#waiting) {
      const free = this.#take(waiter.without);
      if (!free) continue;
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      waiter.take(free);
      return;
    }
  }

  /** Whether a host is left that is not in `tried`. */
  others(tried: ReadonlySet<Host>): boolean {
    return this.#hosts.some((host) => !tried.has(host));
  }

  #take(without: ReadonlySet<Host>): Host | undefined {
    const host = this.#best(
      this.#hosts.filter((one) => !without.has(one) && one.taken < this.#options.places),
    );
    if (host) host.taken += 1;
    return host;
  }

  #best(hosts: readonly Host[]): Host | undefined {
    for (const host of this.#hosts) if (host.down) this.#probe(host);
    const up = hosts.filter(({ down }) => !down);
    return (up.length > 0 ? up : hosts).reduce<Host | undefined>(
      (best, host) => (best && best.taken <= host.taken ? best : host),
      undefined,
    );
  }

  /** Not awaited: whoever wants a place now takes it elsewhere. */
  #probe(host: Host): void {
    const { clock, answers } = this.#options;
    const now = clock.now();
    if (now - (this.#probedAt.get(host) ?? Number.NEGATIVE_INFINITY) < PROBE_MS) return;
    this.#probedAt.set(host, now);
    void this.#answered(host, answers(host));
  }
  async #answered(host: Host, answered: Promise<boolean>): Promise<void> {
    if (await answered) host.down = false;
  }
}
