import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../simulation/random.js';
import type { Person } from '../support/client.js';
import { type Asked, Shown } from './shown.js';
import type { Heard, Told, Transcript } from './transcript.js';
import { VIEWS, type View } from './views.js';

/** What a device lives in. */
export interface Surroundings {
  readonly random: Random;
  /** Ms since the run began. */
  readonly now: () => number;
  /** The same person at some gateway, whichever lives. */
  readonly anywhere: () => Person;
  /** Text, or an end, of the answer to `key` has come. */
  readonly onText: (key: string, at: number) => void;
  /** Whether it is time to go home: nobody asks any more. */
  readonly isOver: () => boolean;
  /** A conversation is about to be deleted. */
  readonly onDeletion: () => void;
}

export interface Habits {
  /** Longest time on one connection before it is given up for another, in ms; never when not given. */
  readonly restlessMs?: number;
  /** Only ways on which text comes by itself. */
  readonly streamsOnly?: boolean;
}

/** How long a client waits before it comes back, in ms. */
const BACK_MS = 150;

/**
 * A client that follows a conversation wherever it can, changes transport and gateway, and remembers what it was told.
 * It judges nothing: that is for the checks.
 */
export class Device implements Transcript {
  readonly client: string;
  readonly told: Told[] = [];
  readonly #shown: Shown;
  readonly #around: Surroundings;
  readonly #habits: Habits;
  readonly #closed = new AbortController();
  readonly #following: Promise<void>;
  #wanted: ReadonlySet<string> | undefined;
  #complete: () => void = () => {};

  constructor(client: string, conversation: string, around: Surroundings, habits: Habits, asked: Asked) {
    this.client = client;
    this.#around = around;
    this.#habits = habits;
    this.#shown = new Shown(asked, () => {});
    this.#following = this.#follow(conversation);
  }

  /** The answers it shows, by message id. */
  get answers(): Shown['answers'] {
    return this.#shown.answers;
  }

  /** Resolves when it was told the end of each of these messages: true, or false after `withinMs`. */
  async toldAll(messageIds: ReadonlySet<string>, withinMs: number): Promise<boolean> {
    this.#wanted = messageIds;
    const complete = new Promise<boolean>((resolve) => {
      this.#complete = () => resolve(true);
    });
    this.#check();
    const over = new AbortController();
    const late = sleep(withinMs, false, { signal: over.signal }).catch(() => false);
    return Promise.race([complete, late]).finally(() => over.abort());
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#following;
  }

  async #follow(conversation: string): Promise<void> {
    const { random } = this.#around;
    const views = VIEWS.filter(({ streams }) => streams || !this.#habits.streamsOnly);
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#connect(random.pick(views), conversation);
      await sleep(random.between(0, BACK_MS), undefined, { signal }).catch(() => {});
    }
  }

  async #connect(view: View, conversation: string): Promise<void> {
    const { restlessMs } = this.#habits;
    const patience =
      restlessMs === undefined
        ? []
        : [AbortSignal.timeout(Math.round(this.#around.random.between(50, restlessMs)))];
    const signal = AbortSignal.any([this.#closed.signal, ...patience]);
    const { cursor } = this.#shown;
    const person = this.#around.anywhere();
    this.#hear({ kind: 'opened', via: `${view.name} at ${person.url}`, from: cursor });
    try {
      for await (const heard of view.open(person, conversation, cursor, signal)) {
        if (signal.aborted) break;
        this.#hear(heard);
      }
      this.#hear({ kind: 'closed', why: signal.aborted ? 'given up' : 'by the other side' });
    } catch (error) {
      this.#hear({ kind: 'closed', why: signal.aborted ? 'given up' : String(error) });
    }
  }

  #hear(heard: Heard): void {
    const at = this.#around.now();
    this.told.push({ ...heard, at });
    this.#shown.take(heard);
    if (heard.kind === 'frame' && 'messageId' in heard.frame) {
      const { type, messageId = '' } = heard.frame;
      const key = this.answers.get(messageId)?.question.key;
      if (key !== undefined && (type === 'chunk' || type === 'done')) this.#around.onText(key, at);
    }
    this.#check();
  }

  #check(): void {
    if (!this.#wanted) return;
    for (const id of this.#wanted) if (!this.answers.get(id)?.end) return;
    this.#complete();
  }
}
