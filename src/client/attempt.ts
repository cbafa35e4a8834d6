import type { Frame } from '../protocol/frames.js';
import type { Platform, TransportName } from './api.js';
import type { Page } from './entries.js';
import { broken, type Connect, type Connection, type Ending, type From } from './transports/transport.js';
import { Watchdog } from './watchdog.js';

/** For how long a connection may tell nothing at all before it counts as blocked, in ms. */
const PROOF_MS = 6000;
/** A request of polling has its own, longer patience, and nothing to fall back on. */
const POLLING_PROOF_MS = 40_000;

/** Who hears what a connection tells. */
export interface Listener {
  opened(): void;
  told(news: News): void;
}

export type News = { readonly frame: Frame } | { readonly page: Page };

/**
 * One connection from its opening to its end, with a watchdog. It is proven by the first thing that it tells: one that
 * opens and then is silent goes through something that holds streams back.
 */
export class Attempt {
  readonly transport: TransportName;
  /** When it has ended, and why. */
  readonly ended: Promise<Ending>;
  /** Whether all that is stored has come: false when it ended before. */
  readonly ready: Promise<boolean>;
  readonly #connection: Connection;
  readonly #watchdog: Watchdog;
  #over = false;
  #provenAt: number | undefined;
  #listener: Listener | undefined;
  /** What came while nobody listened. */
  #held: News[] = [];
  #finish: (ending: Ending) => void = () => {};
  #settle: (ready: boolean) => void = () => {};
  readonly #platform: Platform;

  constructor(transport: TransportName, connect: Connect, from: From, platform: Platform) {
    this.transport = transport;
    this.#platform = platform;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.ready = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#watchdog = new Watchdog(platform, () => this.#fail('nothing was heard for too long'));
    this.#watchdog.expect(transport === 'polling' ? POLLING_PROOF_MS : PROOF_MS);
    this.#connection = connect(from, {
      opened: () => this.#over || this.#listener?.opened(),
      frame: (frame) => this.#tell({ frame }, frame.type === 'ready'),
      page: (page) => this.#tell({ page }, true),
      heard: () => this.#over || this.#provenAt === undefined || this.#watchdog.heard(),
      ended: (ending) => this.end(ending),
    });
  }

  get proven(): boolean {
    return this.#provenAt !== undefined;
  }

  /** For how long it has worked, in ms. */
  get age(): number {
    return this.#provenAt === undefined ? 0 : this.#platform.now() - this.#provenAt;
  }

  /** From now on `listener` hears all, beginning with what was held for it. */
  listen(listener: Listener): void {
    this.#listener = listener;
    for (const news of this.#held.splice(0)) listener.told(news);
  }

  /** Ends it with this, unless it has ended. Nothing is told after it. */
  end(ending: Ending): void {
    this.#stop(ending, () => this.#connection.close());
  }

  /** Breaks it off as a network would. */
  cut(): void {
    this.#stop({ kind: 'left', why: 'cut' }, () => this.#connection.cut());
  }

  /** Makes sure that it lives: it must be heard of soon. */
  check(): void {
    if (this.#over || !this.proven) return;
    this.#watchdog.check(this.#connection.poke());
  }

  /** Asks for news where they do not come by themselves. */
  poke(): void {
    if (!this.#over) this.#connection.poke();
  }

  #tell(news: News, isReady: boolean): void {
    if (this.#over) return;
    this.#provenAt ??= this.#platform.now();
    this.#watchdog.heard();
    if (this.#listener) this.#listener.told(news);
    else this.#held.push(news);
    if (isReady) this.#settle(true);
  }

  #fail(message: string): void {
    this.#stop(broken(message), () => this.#connection.cut());
  }

  #stop(ending: Ending, close: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#held = [];
    this.#watchdog.stop();
    close();
    this.#settle(false);
    this.#finish(ending);
  }
}
