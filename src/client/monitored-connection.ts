import type { Frame } from '../protocol/frames.js';
import type { Platform, TransportName } from './api.js';
import type { Page } from './entries.js';
import {
  type Connection,
  type Disconnect,
  failed,
  type StartingPoint,
  type Transport,
} from './transports/transport.js';
import { Watchdog } from './watchdog.js';

/** A connection without a frame after this time counts as blocked: a proxy holds the stream back. In ms. */
const FIRST_UPDATE_MS = 6000;
/** Polling has no transport to fall back on, and its request has a time-out of its own. */
const POLLING_FIRST_UPDATE_MS = 40_000;

export interface ConnectionListener {
  /** The server has accepted the connection. */
  opened(): void;
  update(update: Update): void;
}

export type Update = { readonly frame: Frame } | { readonly page: Page };

/** One connection from its opening to its end, with a watchdog that ends it when nothing is received for too long. */
export class MonitoredConnection {
  readonly transport: TransportName;
  /** Resolves when it has ended, with the reason. */
  readonly ended: Promise<Disconnect>;
  /** Resolves with true when it is up to date, with false when it ends before that. */
  readonly ready: Promise<boolean>;
  readonly #connection: Connection;
  readonly #watchdog: Watchdog;
  #isOver = false;
  /** When the first update came. */
  #provenAt: number | undefined;
  #listener: ConnectionListener | undefined;
  /** Updates that came before there was a listener. */
  #held: Update[] = [];
  #resolveEnded: (reason: Disconnect) => void = () => {};
  #resolveReady: (isReady: boolean) => void = () => {};
  readonly #platform: Platform;

  constructor(transport: TransportName, connect: Transport, from: StartingPoint, platform: Platform) {
    this.transport = transport;
    this.#platform = platform;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    this.#watchdog = new Watchdog(platform, () => this.#fail('nothing was received for too long'));
    this.#watchdog.expect(transport === 'polling' ? POLLING_FIRST_UPDATE_MS : FIRST_UPDATE_MS);
    this.#connection = connect(from, {
      opened: () => this.#isOver || this.#listener?.opened(),
      frame: (frame) => this.#receive({ frame }, frame.type === 'ready'),
      page: (page) => this.#receive({ page }, true),
      // Before the first update a heartbeat proves nothing: proxies let headers and comments through and hold the rest.
      alive: () => this.#isOver || this.#provenAt === undefined || this.#watchdog.alive(),
      ended: (reason) => this.end(reason),
    });
  }

  /** Whether at least one update came: this transport works here. */
  get isProven(): boolean {
    return this.#provenAt !== undefined;
  }

  /** How long it has worked, in ms. */
  get age(): number {
    return this.#provenAt === undefined ? 0 : this.#platform.now() - this.#provenAt;
  }

  /** `listener` gets every update from now on, and first those that were held. */
  listen(listener: ConnectionListener): void {
    this.#listener = listener;
    for (const update of this.#held.splice(0)) listener.update(update);
  }

  /** Ends it, unless it has ended. No update follows. */
  end(reason: Disconnect): void {
    this.#stop(reason, () => this.#connection.close());
  }

  /** Breaks it as a network failure would. */
  cut(): void {
    this.#stop({ kind: 'closed', why: 'cut' }, () => this.#connection.cut());
  }

  /** Checks that it is alive: it ends if the server does not answer soon. */
  check(): void {
    if (this.#isOver || !this.isProven) return;
    this.#watchdog.check(this.#connection.ping());
  }

  /** Polling asks for the page at once; other transports get updates by themselves. */
  ping(): void {
    if (!this.#isOver) this.#connection.ping();
  }

  #receive(update: Update, isReady: boolean): void {
    if (this.#isOver) return;
    this.#provenAt ??= this.#platform.now();
    this.#watchdog.alive();
    if (this.#listener) this.#listener.update(update);
    else this.#held.push(update);
    if (isReady) this.#resolveReady(true);
  }

  #fail(message: string): void {
    this.#stop(failed(message), () => this.#connection.cut());
  }

  #stop(reason: Disconnect, close: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#held = [];
    this.#watchdog.stop();
    close();
    this.#resolveReady(false);
    this.#resolveEnded(reason);
  }
}
