import { resolveStart } from '../../src/conversation/start.js';
import { type FollowEvent, follow, type Start } from '../../src/generation/follow.js';
import { AppError } from '../../src/kernel/errors.js';
import { formatCursor, parseCursor } from '../../src/protocol/cursor.js';
import type { Cluster } from './cluster.js';
import type { GatewayNode } from './nodes.js';
import { Shown } from './shown.js';
import { USER, type World } from './world.js';

/** How a client begins: from the start, at what runs now, or from a page of the history. */
type Manner = 'all' | 'now' | 'page';

/** How soon a client in a mild history is told what is there, once it was told what comes before, in ms. */
const TELL_MS = 500;

interface Connection {
  readonly gateway: GatewayNode;
  readonly over: AbortController;
}

/** A client of a conversation: loses its connection, and comes back with its last cursor until the conversation is gone. */
export class Reader {
  readonly name: string;
  readonly shown: Shown;
  readonly conversationId: string;
  /** The first generation that it is to be told of. */
  from: number | undefined;
  /** Whether it was told that the conversation is gone. */
  gone = false;
  /** When it was last told something, or connected. */
  #toldAt = 0;
  readonly #quick: boolean;
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #manner: Manner;
  readonly #untilIdle: boolean;
  #connection: Connection | undefined;

  constructor(world: World, cluster: Cluster, conversationId: string, name: string) {
    const { random, violation } = world;
    this.#world = world;
    this.#cluster = cluster;
    this.conversationId = conversationId;
    this.name = name;
    this.shown = new Shown((what) => violation(`${name}: ${what}`));
    this.#quick = random.chance(0.6);
    this.#manner = random.pick<Manner>(['all', 'all', 'now', 'page']);
    this.#untilIdle = random.chance(0.15);
    world.repeatedly(world.network.faultRates.every.cut, () => this.#cut());
  }

  connect(): void {
    if (this.gone) return;
    const { trace, network, scheduler } = this.#world;
    const gateway = this.#cluster.anyGateway();
    const connection = { gateway, over: new AbortController() };
    this.#connection = connection;
    trace.say(() => `${this.name} connects to ${gateway.process.name} at ${this.#place() ?? 'no cursor'}`);
    this.#cluster.whenCrashed(gateway, () => this.#leave(connection));
    const serve = async (): Promise<void> => {
      await this.#serve(connection).catch((error: unknown) => this.#refused(error));
      scheduler.after(network.delay(), () => this.#leave(connection));
    };
    scheduler.after(network.delay(), () => gateway.process.reach(() => void serve()));
  }

  #cut(): void {
    if (this.#connection) this.#leave(this.#connection);
  }

  /** The client gives a connection up, and comes back. The gateway hears of it, if it can. */
  #leave(connection: Connection): void {
    if (this.#connection !== connection) return;
    const { scheduler, random, network } = this.#world;
    this.#connection = undefined;
    scheduler.after(network.delay(), () => connection.gateway.process.reach(() => connection.over.abort()));
    scheduler.after(random.between(1, 800), () => this.connect());
  }

  /** What a transport does, in the gateway's process. Goes on only when the client has taken a frame. */
  async #serve(connection: Connection): Promise<void> {
    const { gateway, over } = connection;
    const start = await this.#start(connection);
    if (this.#connection !== connection) return;
    // Without a cursor it does not miss what it never asked for.
    if (!this.shown.cursor || this.from === undefined) this.from = start.seq;
    this.#toldAt = this.#world.scheduler.now;
    const options = { start, ...(this.#untilIdle && { until: 'idle' as const }) };
    for await (const event of follow(gateway.follow, this.conversationId, options, over.signal)) {
      await gateway.process.sleep(this.#pace());
      if (over.signal.aborted) return;
      if (this.#connection === connection) this.#take(event);
    }
  }

  #take(event: FollowEvent): void {
    this.#world.trace.say(() => `${this.name} is told ${describe(event)}`);
    if (event.kind === 'gone') this.gone = true;
    if (this.#quick && this.#world.network.faultRates.mild) this.#checkDelay(event);
    this.#toldAt = this.#world.scheduler.now;
    this.shown.take(event, this.#world.scheduler.now);
  }

  #checkDelay(event: FollowEvent): void {
    const due = this.#world.since(event);
    const late = this.#world.scheduler.now - Math.max(due ?? Number.MAX_VALUE, this.#toldAt);
    if (late > TELL_MS)
      this.#world.violation(`${this.name} was told ${event.kind} ${late.toFixed(0)} ms late`);
  }

  async #start(connection: Connection): Promise<Start> {
    if (this.#manner === 'page' && !this.shown.cursor) await this.#loadPage(connection);
    const { gateway } = connection;
    const start = await resolveStart(gateway.start, USER, this.conversationId, { cursor: this.#place() });
    return start;
  }

  async #loadPage(connection: Connection): Promise<void> {
    const page = await connection.gateway.history.page(USER, this.conversationId, 100, undefined);
    if (this.#connection !== connection) return;
    const cursor = parseCursor(page.streamCursor);
    if (!cursor) return this.#world.violation(`the history gave the cursor ${page.streamCursor}`);
    const answers = page.items
      .filter(({ role }) => role === 'assistant')
      .map(({ id, content, completedAt }) => ({ id, content, ended: completedAt !== undefined }));
    // Those after the one that is written are still to be announced.
    const open = answers.findIndex(({ ended }) => !ended);
    this.shown.load(open < 0 ? answers : answers.slice(0, open + 1), cursor);
  }

  #place(): string | undefined {
    if (this.shown.cursor) return formatCursor(this.shown.cursor);
    return this.#manner === 'all' ? '1.0.0' : undefined;
  }

  #refused(error: unknown): void {
    this.#world.trace.say(() => `${this.name} is refused: ${String(error)}`);
    if (!(error instanceof AppError)) return;
    if (error.code === 'bad_request') this.#world.violation(`${this.name} was refused its own cursor`);
    if (error.code === 'not_found') this.gone = true;
  }

  /** A slow client takes its time for a frame, in ms. */
  #pace(): number {
    const { random } = this.#world;
    return this.#quick ? random.between(0, 2) : random.pick([0, 10, 300]);
  }
}

function describe(event: FollowEvent): string {
  const { kind } = event;
  const cursor = 'cursor' in event ? formatCursor(event.cursor) : '';
  return `${kind} ${cursor} ${kind === 'text' ? JSON.stringify(event.text) : ''}`;
}
