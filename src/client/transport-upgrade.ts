import type { Platform, TransportName } from './api.js';
import type { MonitoredConnection } from './monitored-connection.js';
import type { TransportSelector } from './transport-selector.js';

export interface TransportUpgradeOptions {
  readonly platform: Platform;
  /** The selector in use. */
  readonly selector: () => TransportSelector;
  /** Whether this transport may be opened now. */
  readonly mayOpen: (transport: TransportName) => boolean;
  readonly cursor: () => Promise<string>;
  readonly open: (transport: TransportName, cursor: string) => MonitoredConnection;
  /** `better` is up to date and keeps its updates until it has a listener. It replaces `current`. */
  readonly onUpgrade: (better: MonitoredConnection, current: MonitoredConnection) => void;
}

/**
 * Tries better transports while the current connection goes on, so that nothing is missed if one works. Example: the
 * conversation is live over SSE since WebSockets were blocked; 30 s later a Socket.IO connection is opened beside it, and
 * replaces it once it has caught up.
 */
export class TransportUpgrade {
  readonly #options: TransportUpgradeOptions;
  #cancel: () => void = () => {};

  constructor(options: TransportUpgradeOptions) {
    this.#options = options;
  }

  /** Tries a transport better than the one of `current` as soon as one is not blocked. */
  from(current: MonitoredConnection): void {
    this.cancel();
    const better = this.#options.selector().better(current.transport);
    if (better === undefined) return;
    if (typeof better === 'number') {
      this.#cancel = this.#options.platform.setTimer(better, () => this.from(current));
    } else if (this.#options.mayOpen(better)) {
      void this.#try(current, better);
    }
  }

  cancel(): void {
    this.#cancel();
    this.#cancel = () => {};
  }

  async #try(current: MonitoredConnection, transport: TransportName): Promise<void> {
    let isCancelled = false;
    this.#cancel = () => {
      isCancelled = true;
    };
    const cursor = await this.#options.cursor().catch(() => undefined);
    // Without a cursor the current connection ends too.
    if (isCancelled || cursor === undefined) return;
    const trial = this.#options.open(transport, cursor);
    this.#cancel = () => {
      isCancelled = true;
      trial.end({ kind: 'closed', why: 'replaced' });
    };
    const isReady = await trial.ready;
    if (isCancelled) return;
    this.#cancel = () => {};
    if (isReady) return this.#options.onUpgrade(trial, current);
    this.#options.selector().block(transport);
    this.from(current);
  }
}
