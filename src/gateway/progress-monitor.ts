import type { FollowEvent } from '../generation/follow.js';
import type { GenerationReader, PendingGeneration } from '../generation/generation-reader.js';
import type { Clock } from '../kernel/clock.js';
import { conversationTopic, type Notifier, progressTopic, type Unsubscribe } from '../kernel/notifier.js';
import { type Cursor, textPosition } from '../protocol/cursor.js';
import type { ThinkingFrame, WaitingFrame } from '../protocol/frames.js';

export interface ProgressPorts {
  readonly reader: GenerationReader;
  readonly notifier: Notifier;
  readonly clock: Clock;
}

/** An answer whose text begins within this time, in ms, needs no sign. */
const FIRST_LOOK_MS = 200;
/** How often the state is looked at while an answer has no text, in ms. */
const LOOK_MS = 2000;
/** `thinking` is repeated this often, in ms. */
const THINKING_MS = 5000;

type Sign = WaitingFrame | ThinkingFrame;

/** What was last sent for an answer, and when. */
interface Sent {
  readonly sign: Sign;
  readonly at: number;
}

/**
 * Tells the viewers of a conversation why nothing is to be seen yet: an answer waits for others (`waiting`), or the model is
 * at work and has written nothing (`thinking`). These frames are signs only: they have no cursor and may be missed.
 * Asks Postgres only while an answer without text is open.
 */
export class ProgressMonitor {
  readonly #ports: ProgressPorts;
  readonly #conversationId: string;
  readonly #send: (sign: Sign) => void;
  readonly #sent = new Map<string, Sent>();
  /** The newest generation that has text, its `seq`. Those before it have ended. */
  #visible = 0;
  #looking: AbortController | undefined;
  /** The conversation has changed since the last question to Postgres, whose answer may not know it. */
  #changed = false;
  #subscribed: Promise<Unsubscribe> | undefined;

  constructor(ports: ProgressPorts, conversationId: string, send: (sign: Sign) => void) {
    this.#ports = ports;
    this.#conversationId = conversationId;
    this.#send = send;
  }

  /** The signs that hold now, for a viewer who comes later. */
  get signs(): readonly Sign[] {
    return [...this.#sent.values()].map(({ sign }) => sign);
  }

  /**
   * Begins to look, for viewers who have everything up to `cursor`. It pauses while no open answer is without text, and goes
   * on when the conversation changes: a message that is sent while an answer is being written waits for that answer.
   */
  start(cursor: Cursor): void {
    // A viewer who joins in the middle of an answer sees its text, though none may come for a while.
    if (textPosition(cursor) > 0) this.#visible = Math.max(this.#visible, cursor.seq);
    this.#subscribed ??= this.#subscribe();
    // Without a subscription signs are missed, which they may be.
    this.#subscribed.catch(() => {});
    this.#look();
  }

  async #subscribe(): Promise<Unsubscribe> {
    const topics = [conversationTopic(this.#conversationId), progressTopic(this.#conversationId)];
    const subscriptions = topics.map((topic) => this.#ports.notifier.subscribe(topic, () => this.#wake()));
    const unsubscribes = await Promise.all(subscriptions);
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  }

  #wake(): void {
    this.#changed = true;
    if (this.#subscribed) this.#look();
  }

  #look(): void {
    if (this.#looking) return;
    const looking = new AbortController();
    this.#looking = looking;
    void this.#run(looking.signal).finally(() => {
      if (this.#looking === looking) this.#looking = undefined;
    });
  }

  stop(): void {
    this.#subscribed?.then((unsubscribe) => unsubscribe()).catch(() => {});
    this.#subscribed = undefined;
    this.#looking?.abort();
    this.#looking = undefined;
    this.#sent.clear();
    this.#visible = 0;
  }

  /** Takes in what the viewers are sent. */
  observe(event: FollowEvent): void {
    if (event.kind === 'accepted') this.#wake();
    else if (event.kind === 'text') this.#see(event.cursor.seq, event.messageId);
    else if (event.kind === 'ended') this.#see(event.cursor.seq, event.message.id);
  }

  #see(seq: number, messageId: string): void {
    this.#visible = Math.max(this.#visible, seq);
    this.#sent.delete(messageId);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, reader } = this.#ports;
    await clock.sleep(FIRST_LOOK_MS, signal);
    while (!signal.aborted) {
      this.#changed = false;
      // A sign may be missed: while Postgres is down there is none.
      const pending = await reader.pending(this.#conversationId).catch(() => undefined);
      if (signal.aborted) return;
      const silent = pending?.filter(({ seq }) => seq > this.#visible);
      if (silent?.length === 0 && !this.#changed) return;
      for (const generation of silent ?? []) this.#sign(generation);
      await clock.sleep(LOOK_MS, signal);
    }
  }

  #sign({ messageId, running, ahead }: PendingGeneration): void {
    const { sign, at } = this.#sent.get(messageId) ?? {};
    const now = this.#ports.clock.now();
    const conversationId = this.#conversationId;
    if (running) {
      if (sign?.type === 'thinking' && at !== undefined && now - at < THINKING_MS) return;
      this.#say({ type: 'thinking', conversationId, messageId }, now);
    } else if (ahead > 0 && !(sign?.type === 'waiting' && sign.ahead === ahead)) {
      this.#say({ type: 'waiting', conversationId, messageId, ahead }, now);
    }
  }

  #say(sign: Sign, at: number): void {
    this.#sent.set(sign.messageId, { sign, at });
    this.#send(sign);
  }
}
