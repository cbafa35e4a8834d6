import type { ClientProblem, ConnectionState, Platform, TransportName } from './api.js';
import { Backoff } from './backoff.js';
import { type ClientError, isTokenError } from './client-error.js';
import { Delay } from './delay.js';
import { MonitoredConnection, type Update } from './monitored-connection.js';
import type { Tokens } from './tokens.js';
import { TransportSelector } from './transport-selector.js';
import { TransportUpgrade } from './transport-upgrade.js';
import { type Disconnect, disconnectOf, type Transport } from './transports/transport.js';

/** The connection's part of the view. */
export interface ConnectionStatus {
  readonly state: ConnectionState;
  readonly transport: TransportName | null;
  readonly retryAt: number | null;
  readonly error: ClientProblem | null;
}

/** The conversation that the connection keeps up to date. */
export interface Receiver {
  readonly conversationId: string;
  /** Where a connection begins. Loads the page of messages if there is no cursor yet. */
  cursor(): Promise<string>;
  /** The cursor cannot be used: the next one comes from the page of messages. */
  discardCursor(): void;
  /** `gap` and `lost` as `FrameResult` of conversation-state.ts. */
  apply(update: Update): 'ok' | 'gap' | 'lost';
  statusChanged(status: ConnectionStatus): void;
}

export interface ReconnectingConnectionOptions {
  readonly receiver: Receiver;
  readonly platform: Platform;
  readonly tokens: Tokens;
  readonly transports: Readonly<Record<TransportName, Transport>>;
  /** Shared by all conversations of a client: a transport that is blocked for one is blocked for all. */
  readonly selector: TransportSelector;
}

/** After this time a connection counts as stable, in ms: its end does not count as a failure of the transport. */
const STABLE_MS = 5000;
/** A transport that opens and breaks at once counts as blocked after so many times in a row. */
const MAX_SHORT_CONNECTIONS = 3;
/** Clients of a server that restarts come back within this time, each at a random moment of it, in ms. */
const RESTART_MS = 1000;
/** How long a hidden page keeps its connection, in ms: a look into another tab and back costs nothing. */
const HIDDEN_MS = 2000;
/**
 * Transports that hold one of the few connections that a browser opens to a server (six over HTTP/1.1, for all tabs
 * together). Where tabs cannot share a stream, six tabs with a stream each leave none: the seventh does not load, and no
 * message can be sent.
 */
const LIMITED: ReadonlySet<TransportName> = new Set(['sse']);

/** Keeps a conversation connected over the best transport that works, until it is closed or is refused for good. */
export class ReconnectingConnection {
  readonly #options: ReconnectingConnectionOptions;
  readonly #backoff: Backoff;
  readonly #delay: Delay;
  readonly #upgrade: TransportUpgrade;
  #selector: TransportSelector;
  #current: MonitoredConnection | undefined;
  #status: ConnectionStatus = { state: 'connecting', transport: null, retryAt: null, error: null };
  #isRunning = false;
  /** The transport that a hidden page has given up, and goes on with. */
  #paused: TransportName | undefined;
  #cancelPause = (): void => {};
  #shortConnections = 0;
  /** How often in a row a token was refused at once. */
  #tokenRefusals = 0;

  constructor(options: ReconnectingConnectionOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.platform.random);
    this.#delay = new Delay(options.platform);
    this.#selector = options.selector;
    this.#upgrade = new TransportUpgrade({
      platform: options.platform,
      selector: () => this.#selector,
      mayOpen: (transport) => !this.#mustPause(transport),
      cursor: () => options.receiver.cursor(),
      open: (transport, cursor) => this.#open(transport, cursor),
      onUpgrade: (better, current) => {
        this.#current = better;
        current.end({ kind: 'closed', why: 'replaced' });
        this.#listen(better);
      },
    });
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** Connects, unless it does so already. */
  start(): void {
    if (this.#isRunning || this.#isClosed()) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Uses one transport alone, or all of them again. */
  use(name: TransportName | 'auto'): void {
    const { selector, platform } = this.#options;
    this.#selector = name === 'auto' ? selector : new TransportSelector([name], platform.now);
    this.#upgrade.cancel();
    this.#paused = undefined;
    const current = this.#current;
    if (name === 'auto' && current?.isProven) return this.#upgrade.from(current);
    if (name === current?.transport) return;
    this.#delay.end();
    current?.end({ kind: 'closed', why: 'replaced' });
  }

  cut(): void {
    this.#current?.cut();
  }

  /** The page is visible again or the network is back: ends every wait, and checks whether the connection is alive. */
  wake(): void {
    this.#backoff.reset();
    this.#selector.unblockAll();
    this.#delay.end();
    const current = this.#current;
    current?.check();
    if (current && this.#status.state === 'live') this.#upgrade.from(current);
  }

  /** The page is hidden: soon its stream is closed, if it holds a connection that other tabs need. */
  hide(): void {
    this.#cancelPause();
    this.#cancelPause = this.#options.platform.setTimer(HIDDEN_MS, () => {
      const current = this.#current;
      if (current && this.#mustPause(current.transport)) current.end({ kind: 'closed', why: 'hidden' });
    });
  }

  /** Asks for news where they do not come by themselves. */
  ping(): void {
    this.#current?.ping();
  }

  close(error: ClientProblem | null = null): void {
    if (this.#isClosed()) return;
    this.#show({ state: 'closed', retryAt: null, ...(error && { error }) });
    this.#cancelPause();
    this.#upgrade.cancel();
    this.#current?.end({ kind: 'closed', why: 'replaced' });
    this.#delay.end();
  }

  async #run(): Promise<void> {
    while (!this.#isClosed()) {
      const transport = this.#paused ?? this.#selector.pick();
      this.#paused = undefined;
      if (transport) {
        this.#show({ state: 'connecting', transport, retryAt: null });
        await this.#connect(transport);
      } else {
        this.#selector.unblockAll();
        await this.#waitOffline();
      }
    }
  }

  /** Opens a connection, and resolves when the next one may be opened. */
  async #connect(transport: TransportName): Promise<void> {
    const selector = this.#selector;
    const cursor = await this.#options.receiver.cursor().catch((thrown: unknown) => disconnectOf(thrown));
    // `use` may have been called meanwhile.
    if (this.#isClosed() || selector !== this.#selector) return;
    if (typeof cursor !== 'string') return this.#afterPageFailure(cursor);
    if (this.#mustPause(transport)) return this.#pause(transport);
    this.#current = this.#open(transport, cursor);
    this.#listen(this.#current);
    let ended: MonitoredConnection;
    let reason: Disconnect;
    do {
      ended = this.#current;
      reason = await ended.ended;
      // An upgrade may have replaced it.
    } while (ended !== this.#current);
    this.#upgrade.cancel();
    this.#current = undefined;
    if (!this.#isClosed()) await this.#afterEnd(ended, reason);
  }

  #open(transport: TransportName, cursor: string): MonitoredConnection {
    const { receiver, platform, transports } = this.#options;
    const from = { conversationId: receiver.conversationId, cursor };
    return new MonitoredConnection(transport, transports[transport], from, platform);
  }

  #listen(connection: MonitoredConnection): void {
    connection.listen({
      opened: () => {
        if (this.#status.state === 'connecting') this.#show({ state: 'catching-up' });
      },
      update: (update) => {
        const outcome = this.#options.receiver.apply(update);
        if (outcome !== 'ok') connection.end({ kind: 'closed', why: outcome });
        else if ('page' in update || update.frame.type === 'ready') this.#becomeLive(connection);
        else if (this.#status.state === 'connecting') this.#show({ state: 'catching-up' });
      },
    });
  }

  #becomeLive(connection: MonitoredConnection): void {
    const { state, transport } = this.#status;
    if (state === 'live' && transport === connection.transport) return;
    this.#tokenRefusals = 0;
    this.#selector.unblock(connection.transport);
    this.#show({ state: 'live', transport: connection.transport, error: null });
    this.#upgrade.from(connection);
  }

  #mustPause(transport: TransportName): boolean {
    const { tabs, isHidden } = this.#options.platform;
    return LIMITED.has(transport) && tabs === undefined && isHidden();
  }

  /** Waits until the page is visible: `wake` is called then. */
  #pause(transport: TransportName): Promise<void> {
    this.#paused = transport;
    this.#show({ state: 'paused' });
    return this.#delay.untilEnded();
  }

  /** The page of messages could not be loaded. This says nothing about the transports. */
  async #afterPageFailure(reason: Disconnect): Promise<void> {
    if (reason.kind === 'closed') return;
    const { error } = reason;
    if (!error.problem.retryable) return this.close(error.problem);
    this.#selector.unblockAll();
    await this.#waitOffline(error);
  }

  async #afterEnd(connection: MonitoredConnection, reason: Disconnect): Promise<void> {
    if (connection.age >= STABLE_MS) {
      this.#backoff.reset();
      this.#shortConnections = 0;
    }
    switch (reason.kind) {
      case 'closed':
        if (reason.why === 'hidden') return this.#pause(connection.transport);
        if (reason.why === 'replaced' || reason.why === 'cut') return;
        if (reason.why === 'lost' || !this.#backoff.isFresh) this.#options.receiver.discardCursor();
        return this.#reconnect();
      case 'refused':
        return this.#afterRefusal(connection, reason.error, reason.token);
      case 'unreachable':
        this.#selector.unblockAll();
        return this.#waitOffline(reason.error);
      case 'failed':
        return this.#afterFailure(connection, reason.error);
    }
  }

  async #afterRefusal(
    connection: MonitoredConnection,
    error: ClientError,
    token: string | undefined,
  ): Promise<void> {
    const { code } = error.problem;
    this.#show({ error: error.problem });
    if (isTokenError(error)) {
      this.#tokenRefusals = connection.isProven ? 0 : this.#tokenRefusals + 1;
      // Without `token` a plain request was refused, which has tried another token already.
      if (token === undefined || this.#tokenRefusals > 1) return this.close(error.problem);
      this.#options.tokens.refuse(token);
      return this.#reconnect();
    }
    if (code === 'not_found' || code === 'forbidden') return this.close(error.problem);
    if (code === 'bad_request') {
      this.#options.receiver.discardCursor();
      return this.#reconnect();
    }
    if (code === 'draining' && connection.isProven) {
      this.#show({ state: 'connecting' });
      return this.#delay.wait(RESTART_MS * this.#options.platform.random());
    }
    await this.#waitOffline(error);
  }

  async #afterFailure(connection: MonitoredConnection, error: ClientError): Promise<void> {
    if (connection.isProven) {
      this.#shortConnections++;
      if (this.#shortConnections >= MAX_SHORT_CONNECTIONS) this.#block(connection.transport);
      this.#show({ state: 'connecting' });
      await this.#delay.wait(this.#backoff.next());
    } else {
      this.#show({ error: error.problem });
      this.#block(connection.transport);
    }
  }

  #block(transport: TransportName): void {
    this.#shortConnections = 0;
    this.#selector.block(transport);
  }

  /** At once the first time, since the server answers. */
  async #reconnect(): Promise<void> {
    const isFirst = this.#backoff.isFresh;
    const ms = this.#backoff.next();
    this.#show({ state: 'connecting' });
    if (!isFirst) await this.#delay.wait(ms);
  }

  async #waitOffline(error?: ClientError): Promise<void> {
    const ms = this.#backoff.next(error?.retryAfter);
    const retryAt = this.#options.platform.now() + ms;
    this.#show({ state: 'offline', retryAt, ...(error && { error: { ...error.problem, retryAt } }) });
    await this.#delay.wait(ms);
  }

  #isClosed(): boolean {
    return this.#status.state === 'closed';
  }

  #show(change: Partial<ConnectionStatus>): void {
    if (this.#isClosed()) return;
    this.#status = { ...this.#status, ...change };
    this.#options.receiver.statusChanged(this.#status);
  }
}
