import type { WhenBusy } from '../../src/conversation/conversation-store.js';
import type { SendResult } from '../../src/conversation/message-service.js';
import { AppError } from '../../src/kernel/errors.js';
import type { Cluster } from './cluster.js';
import { ENDLESS } from './model/provider.js';
import type { GatewayNode } from './nodes.js';
import { USER, type World } from './world.js';

/** What a person was told of a request; `silence` when nothing came. */
type Answer<T> = { kind: 'answer'; value: T } | { kind: 'error'; error: unknown } | { kind: 'silence' };

/** A stop that was acknowledged. */
export interface Stopped {
  readonly messageId: string;
  readonly at: number;
  /** Whether nobody had begun to answer then. */
  readonly unclaimed: boolean;
  /** Whether it was its turn, and nothing could go wrong any more. */
  readonly undisturbed: boolean;
}

/** How long a person waits for an answer of the gateway, in ms. */
const PATIENCE_MS = 4000;

/** A person in a conversation: sends, asks anew, stops, and perhaps deletes it all. Tries again what failed. */
export class User {
  readonly conversationId: string;
  readonly #world: World;
  readonly #cluster: Cluster;
  /** Which answer each key was said to have. */
  readonly sent = new Map<string, SendResult>();
  readonly stops: Stopped[] = [];
  /** Whether the deletion was acknowledged. */
  deleted = false;
  #busy = 0;
  #asked = 0;

  constructor(world: World, cluster: Cluster, conversationId: string) {
    this.#world = world;
    this.#cluster = cluster;
    this.conversationId = conversationId;
    world.rows.conversations.set(conversationId, { id: conversationId, userId: USER, generations: [] });
  }

  /** Whether all that was begun has an answer. */
  get done(): boolean {
    return this.#busy === 0;
  }

  /** Does this and that within `ms`. */
  begin(ms: number): void {
    const { random } = this.#world;
    this.#after(1, () => this.#something());
    for (let more = random.whole(1, 5); more > 0; more--) {
      this.#after(random.between(0, ms), () => this.#something());
    }
    if (random.chance(0.2)) this.#after(random.between(0, ms), () => this.#delete());
  }

  /** Asks something that goes on until it is stopped, and stops it, once what was broken has had time to heal. */
  stopInCalm(): void {
    this.#after(4000, () => this.#send(ENDLESS, 'queue'));
    this.#after(this.#world.random.between(5000, 8000), () => this.#stop(undefined));
  }

  #after(ms: number, what: () => Promise<void>): void {
    this.#busy++;
    this.#world.scheduler.after(ms, () => void what().finally(() => this.#busy--));
  }

  async #something(): Promise<void> {
    const { random } = this.#world;
    const latest = [...this.sent.values()].at(-1);
    if (latest && random.chance(0.2))
      return this.#stop(random.chance(0.5) ? latest.ref.messageId : undefined);
    if (latest && random.chance(0.2)) return this.#regenerate(latest.ref.messageId);
    const whenBusy = random.pick<WhenBusy>(['queue', 'queue', 'reject', 'interrupt']);
    return this.#send(random.chance(0.03) ? ENDLESS : '?', whenBusy);
  }

  async #send(what: string, whenBusy: WhenBusy): Promise<void> {
    const key = `${this.conversationId}-k${++this.#asked}`;
    const send = { text: `${key} ${what}`, clientMessageId: key, whenBusy };
    await this.#until(key, (gateway) => gateway.messages.send(USER, this.conversationId, send));
  }

  async #regenerate(messageId: string): Promise<void> {
    const key = `${this.conversationId}-k${++this.#asked}`;
    await this.#until(key, ({ messages }) => messages.regenerate(USER, this.conversationId, messageId, key));
  }

  /** Makes the same request again until it is answered; and sometimes once more, as a client whose reply was lost. */
  async #until(key: string, request: (gateway: GatewayNode) => Promise<SendResult>): Promise<void> {
    const { random, violation } = this.#world;
    let again = random.chance(0.1);
    for (;;) {
      const answer = await this.#ask(key, request);
      if (answer.kind === 'error' && isFinal(answer.error)) return;
      if (answer.kind === 'answer') {
        const before = this.sent.get(key);
        if (before && before.ref.messageId !== answer.value.ref.messageId) {
          violation(`${key} has two answers: ${before.ref.messageId} and ${answer.value.ref.messageId}`);
        }
        if (before && !answer.value.duplicate) violation(`${key} was accepted anew`);
        this.sent.set(key, answer.value);
        if (!again) return;
        again = false;
      }
      await this.#pause(1000);
    }
  }

  async #stop(messageId: string | undefined): Promise<void> {
    const { rows, network, scheduler } = this.#world;
    const calm = network.calm;
    for (;;) {
      const answer = await this.#ask(`stop ${messageId ?? ''}`, ({ messages }) =>
        messages.stop(USER, this.conversationId, messageId),
      );
      if (answer.kind === 'error' && isFinal(answer.error)) return;
      if (answer.kind === 'answer') {
        const { message, ended } = answer.value;
        const row = rows.generations.get(message.id);
        if (ended || !row) return;
        const conversation = rows.conversations.get(this.conversationId);
        this.stops.push({
          messageId: message.id,
          at: scheduler.now,
          unclaimed: row.attempt === 0,
          undisturbed: calm && conversation !== undefined && rows.open(conversation)[0] === row,
        });
        return;
      }
      await this.#pause(1000);
    }
  }

  /** Often when the log has just lost the text, and its writer is about to give it back. */
  async #delete(): Promise<void> {
    const { network, logs } = this.#world;
    if (network.hindered(0.6)) {
      logs.loseAll();
      await this.#pause(400);
    }
    for (;;) {
      const answer = await this.#ask('delete', ({ conversations }) =>
        conversations.remove(USER, this.conversationId),
      );
      const gone = answer.kind === 'error' && isFinal(answer.error);
      if (answer.kind === 'answer' || gone) {
        this.deleted = true;
        return;
      }
      await this.#pause(1000);
    }
  }

  #ask<T>(what: string, request: (gateway: GatewayNode) => Promise<T>): Promise<Answer<T>> {
    const { scheduler, network, random, trace } = this.#world;
    const gateway = this.#cluster.anyGateway();
    trace.say(() => `${this.conversationId} asks ${gateway.process.name}: ${what}`);
    return new Promise((resolve) => {
      const giveUp = scheduler.after(PATIENCE_MS, () => resolve({ kind: 'silence' }));
      const reply = (answer: Answer<T>): void => {
        if (!network.calm && random.chance(network.faultRates.failures)) return;
        scheduler.after(network.delay(), () => {
          giveUp();
          trace.say(() => `${this.conversationId} is told: ${what}: ${told(answer)}`);
          resolve(answer);
        });
      };
      const serve = (): void => {
        request(gateway).then(
          (value) => reply({ kind: 'answer', value }),
          (error: unknown) => reply({ kind: 'error', error }),
        );
      };
      scheduler.after(network.delay(), () => gateway.process.reach(serve));
    });
  }

  #pause(ms: number): Promise<void> {
    const { scheduler, random } = this.#world;
    return new Promise((resolve) => scheduler.after(random.between(1, ms), resolve));
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof AppError && error.status < 500;
}

function told(answer: Answer<unknown>): string {
  return answer.kind === 'error' ? String(answer.error) : answer.kind;
}
