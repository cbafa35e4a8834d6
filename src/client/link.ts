import type { ClientProblem, ConnectionState, Platform, TransportName } from './api.js';
import { Attempt, type News } from './attempt.js';
import { Backoff } from './backoff.js';
import { type ClientError, isAboutToken } from './client-error.js';
import { Climb } from './climb.js';
import { Ladder } from './ladder.js';
import { Pause } from './pause.js';
import type { Tokens } from './tokens.js';
import { type Connect, type Ending, endingOf } from './transports/transport.js';

/** Where a connection stands, as the view shows it. */
export interface LinkState {
  readonly state: ConnectionState;
  readonly transport: TransportName | null;
  readonly retryAt: number | null;
  readonly error: ClientProblem | null;
}

/** The conversation that a link keeps up to date. */
export interface Host {
  readonly conversationId: string;
  /** The place to go on from, from the page of messages if there is none yet. */
  place(): Promise<string>;
  /** The place is worth nothing: the next one comes from the page. */
  forgetPlace(): void;
  told(news: News): 'ok' | 'gap' | 'lost';
  changed(state: LinkState): void;
}

export interface LinkOptions {
  readonly host: Host;
  readonly platform: Platform;
  readonly tokens: Tokens;
  readonly transports: Readonly<Record<TransportName, Connect>>;
  /** Shared by all conversations of a client: what is blocked for one is blocked for all. */
  readonly ladder: Ladder;
}

/** A connection that worked for so long was no accident, in ms. */
const STEADY_MS = 5000;
/** A transport that gets through and breaks at once, so often in a row, counts as blocked. */
const STRIKES = 3;
/** A server that restarts is to be come back to within this, but not by all at once, in ms. */
const SOON_MS = 1000;

/** Keeps a conversation connected, over the best transport that gets through, until it is closed or that is of no use. */
export class Link {
  readonly #options: LinkOptions;
  readonly #backoff: Backoff;
  readonly #pause: Pause;
  #ladder: Ladder;
  #attempt: Attempt | undefined;
  readonly #climb: Climb;
  #state: LinkState = { state: 'connecting', transport: null, retryAt: null, error: null };
  #running = false;
  #strikes = 0;
  /** How often in a row a token was refused at once. */
  #refusals = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.platform.random);
    this.#pause = new Pause(options.platform);
    this.#ladder = options.ladder;
    this.#climb = new Climb({
      platform: options.platform,
      ladder: () => this.#ladder,
      place: () => options.host.place(),
      open: (transport, cursor) => this.#open(transport, cursor),
      onTop: (better, attempt) => {
        this.#attempt = better;
        attempt.end({ kind: 'left', why: 'switch' });
        this.#listen(better);
      },
    });
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Connects, unless it does already. */
  start(): void {
    if (this.#running || this.#isClosed()) return;
    this.#running = true;
    void this.#run();
  }

  /** Uses one transport alone, or `auto`. */
  use(name: TransportName | 'auto'): void {
    const { ladder, platform } = this.#options;
    this.#ladder = name === 'auto' ? ladder : new Ladder([name], platform.now);
    this.#climb.cancel();
    const attempt = this.#attempt;
    if (name === 'auto' && attempt?.proven) return this.#climb.from(attempt);
    if (name === attempt?.transport) return;
    this.#pause.end();
    attempt?.end({ kind: 'left', why: 'switch' });
  }

  cut(): void {
    this.#attempt?.cut();
  }

  /** Something has changed for the better, perhaps: tries at once what waits, and looks whether the connection lives. */
  wake(): void {
    this.#backoff.reset();
    this.#ladder.forget();
    this.#pause.end();
    const attempt = this.#attempt;
    attempt?.check();
    if (attempt && this.#state.state === 'live') this.#climb.from(attempt);
  }

  /** Asks for news where they do not come by themselves. */
  poke(): void {
    this.#attempt?.poke();
  }

  close(error: ClientProblem | null = null): void {
    if (this.#isClosed()) return;
    this.#show({ state: 'closed', retryAt: null, ...(error && { error }) });
    this.#climb.cancel();
    this.#attempt?.end({ kind: 'left', why: 'switch' });
    this.#pause.end();
  }

  async #run(): Promise<void> {
    while (!this.#isClosed()) {
      const transport = this.#ladder.pick();
      if (transport) {
        this.#show({ state: 'connecting', transport, retryAt: null });
        await this.#connect(transport);
      } else {
        this.#ladder.forget();
        await this.#waitOffline();
      }
    }
  }

  /** From the opening of a connection to its end, and what there is to wait for after it. */
  async #connect(transport: TransportName): Promise<void> {
    const ladder = this.#ladder;
    const cursor = await this.#options.host.place().catch((thrown: unknown) => endingOf(thrown));
    // Another transport may have been asked for meanwhile.
    if (this.#isClosed() || ladder !== this.#ladder) return;
    if (typeof cursor !== 'string') return this.#afterPage(cursor);
    this.#attempt = this.#open(transport, cursor);
    this.#listen(this.#attempt);
    let attempt: Attempt;
    let ending: Ending;
    do {
      attempt = this.#attempt;
      ending = await attempt.ended;
      // Another one took over.
    } while (attempt !== this.#attempt);
    this.#climb.cancel();
    this.#attempt = undefined;
    if (!this.#isClosed()) await this.#after(attempt, ending);
  }

  #open(transport: TransportName, cursor: string): Attempt {
    const { host, platform, transports } = this.#options;
    return new Attempt(
      transport,
      transports[transport],
      { conversationId: host.conversationId, cursor },
      platform,
    );
  }

  #listen(attempt: Attempt): void {
    attempt.listen({
      opened: () => {
        if (this.#state.state === 'connecting') this.#show({ state: 'catching-up' });
      },
      told: (news) => {
        const outcome = this.#options.host.told(news);
        if (outcome !== 'ok') attempt.end({ kind: 'left', why: outcome });
        else if ('page' in news || news.frame.type === 'ready') this.#nowLive(attempt);
        else if (this.#state.state === 'connecting') this.#show({ state: 'catching-up' });
      },
    });
  }

  #nowLive(attempt: Attempt): void {
    const { state, transport } = this.#state;
    if (state === 'live' && transport === attempt.transport) return;
    this.#refusals = 0;
    this.#ladder.clear(attempt.transport);
    this.#show({ state: 'live', transport: attempt.transport, error: null });
    this.#climb.from(attempt);
  }

  /** The page could not be had: no transport is to blame. */
  async #afterPage(ending: Ending): Promise<void> {
    if (ending.kind === 'left') return;
    const { error } = ending;
    if (!error.problem.retryable) return this.close(error.problem);
    this.#ladder.forget();
    await this.#waitOffline(error);
  }

  async #after(attempt: Attempt, ending: Ending): Promise<void> {
    if (attempt.age >= STEADY_MS) {
      this.#backoff.reset();
      this.#strikes = 0;
    }
    switch (ending.kind) {
      case 'left':
        if (ending.why === 'switch' || ending.why === 'cut') return;
        if (ending.why === 'lost' || !this.#backoff.fresh) this.#options.host.forgetPlace();
        return this.#againSoon();
      case 'refused':
        return this.#afterRefusal(attempt, ending.error, ending.token);
      case 'unreachable':
        this.#ladder.forget();
        return this.#waitOffline(ending.error);
      case 'broken':
        return this.#afterBreak(attempt, ending.error);
    }
  }

  async #afterRefusal(attempt: Attempt, error: ClientError, token: string | undefined): Promise<void> {
    const { code } = error.problem;
    this.#show({ error: error.problem });
    if (isAboutToken(error)) {
      this.#refusals = attempt.proven ? 0 : this.#refusals + 1;
      // A plain request has tried another token already.
      if (token === undefined || this.#refusals > 1) return this.close(error.problem);
      this.#options.tokens.refuse(token);
      return this.#againSoon();
    }
    if (code === 'not_found' || code === 'forbidden') return this.close(error.problem);
    if (code === 'bad_request') {
      this.#options.host.forgetPlace();
      return this.#againSoon();
    }
    if (code === 'draining' && attempt.proven) {
      this.#show({ state: 'connecting' });
      return this.#pause.wait(SOON_MS * this.#options.platform.random());
    }
    await this.#waitOffline(error);
  }

  async #afterBreak(attempt: Attempt, error: ClientError): Promise<void> {
    if (attempt.proven) {
      this.#strikes++;
      if (this.#strikes >= STRIKES) this.#block(attempt.transport);
      this.#show({ state: 'connecting' });
      await this.#pause.wait(this.#backoff.next());
    } else {
      this.#show({ error: error.problem });
      this.#block(attempt.transport);
    }
  }

  #block(transport: TransportName): void {
    this.#strikes = 0;
    this.#ladder.block(transport);
  }

  /** The first time at once: the server is well. */
  async #againSoon(): Promise<void> {
    const isFirst = this.#backoff.fresh;
    const ms = this.#backoff.next();
    this.#show({ state: 'connecting' });
    if (!isFirst) await this.#pause.wait(ms);
  }

  async #waitOffline(error?: ClientError): Promise<void> {
    const ms = this.#backoff.next(error?.retryAfter);
    const retryAt = this.#options.platform.now() + ms;
    this.#show({ state: 'offline', retryAt, ...(error && { error: { ...error.problem, retryAt } }) });
    await this.#pause.wait(ms);
  }

  #isClosed(): boolean {
    return this.#state.state === 'closed';
  }

  #show(change: Partial<LinkState>): void {
    if (this.#isClosed()) return;
    this.#state = { ...this.#state, ...change };
    this.#options.host.changed(this.#state);
  }
}
