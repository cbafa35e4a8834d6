import type { Conversation, TransportName } from '../../client/api.js';
import type { Frame } from '../../protocol/frames.js';
import { TRANSPORTS } from './labels.js';

export interface Entry {
  readonly number: number;
  /** ms since 1970. */
  readonly at: number;
  readonly kind: 'cut' | 'lost' | 'resumed' | 'state' | 'answer' | 'chosen';
  readonly words: string;
}

export interface Counts {
  readonly frames: number;
  /** UTF-16 units of text. */
  readonly characters: number;
}

/** Where a connection ended. The next text must begin exactly here. */
interface Break {
  readonly cursor: string | null;
  readonly inAnswer: boolean;
}

const KEPT_ENTRIES = 60;

/** What has happened to a conversation's connection since the page opened it, as sentences. */
export class EventLog {
  entries: readonly Entry[] = [];
  counts: Counts = { frames: 0, characters: 0 };
  chosen: TransportName | 'auto' = 'auto';
  readonly #conversation: Conversation;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribes: (() => void)[];
  #lastState: string;
  #connected = false;
  #break: Break | null = null;
  #number = 0;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
    this.#lastState = '';
    this.#unsubscribes = [
      conversation.subscribe(() => this.#onView()),
      conversation.onFrame((frame) => this.#onFrame(frame)),
    ];
    this.#onView();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Breaks the connection, and records where. */
  cut(): void {
    this.#breakOff('cut', 'Cut');
    this.#conversation.cut();
  }

  use(transport: TransportName | 'auto'): void {
    this.chosen = transport;
    this.#record(
      'chosen',
      transport === 'auto' ? 'Any transport may be used' : `Only ${TRANSPORTS[transport]} may be used`,
    );
    if (this.#connected) this.#breakOff('chosen', 'Left');
    this.#conversation.use(transport);
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }

  #onView(): void {
    const { state, transport, error } = this.#conversation.view;
    const current = `${state} ${transport}`;
    if (current === this.#lastState) return;
    this.#lastState = current;
    const connected = state === 'catching-up' || state === 'live';
    if (this.#connected && !connected && !this.#break) this.#breakOff('lost', 'Connection lost');
    this.#connected = connected;
    const over = transport ? TRANSPORTS[transport] : 'any transport';
    switch (state) {
      case 'connecting':
        return this.#record('state', `Connecting over ${over}`);
      case 'catching-up':
        return this.#record('state', `Connected over ${over}`);
      case 'paused':
        return this.#record('state', 'Paused while the page is hidden');
      case 'offline':
        return this.#record('state', 'No transport gets through; trying again later');
      case 'closed':
        return this.#record('state', error ? `Closed: ${error.message}` : 'Closed');
      case 'live':
        if (this.#break) this.#resumed('nothing was missed');
        return this.#record('state', `Up to date over ${over}`);
    }
  }

  #onFrame(frame: Frame): void {
    const characters = frame.type === 'chunk' ? frame.data.length : 0;
    this.counts = { frames: this.counts.frames + 1, characters: this.counts.characters + characters };
    if (this.#break) this.#resume(frame, this.#break);
    if (frame.type === 'reset') this.#record('answer', `The answer starts over: ${frame.reason}`);
    if (frame.type === 'done') {
      this.#record(
        'answer',
        `Answer ${frame.message.status} with ${frame.message.content.length} characters`,
      );
    }
    if (frame.type === 'error' && frame.messageId) this.#record('answer', `Answer ended: ${frame.code}`);
    this.#notify();
  }

  #breakOff(kind: 'cut' | 'lost' | 'chosen', word: string): void {
    const { cursor, messages } = this.#conversation.view;
    const answer = messages.findLast(({ status }) => status === 'streaming');
    this.#break = { cursor, inAnswer: answer !== undefined };
    const where = answer ? `at character ${answer.content.length} of the answer` : 'between answers';
    this.#record(kind, `${word} ${where}${cursor === null ? '' : `, cursor ${cursor}`}`);
  }

  /** Records what the first frame after a break says: whether the text goes on exactly where it stopped. */
  #resume(frame: Frame, { cursor, inAnswer }: Break): void {
    if (frame.type === 'reset') return this.#resumed('the text comes again from its start');
    if (frame.type !== 'chunk')
      return this.#resumed(inAnswer ? 'the answer was all there' : 'nothing was missed');
    const from = startOf(frame.cursor, frame.data);
    const exactly = inAnswer && from === positionOf(cursor) ? ', exactly where it ended' : '';
    this.#resumed(`from byte ${from}${exactly}; ${frame.data.length} characters came at once`);
  }

  #resumed(how: string): void {
    this.#break = null;
    const { transport } = this.#conversation.view;
    this.#record(
      'resumed',
      `Resumed over ${transport ? TRANSPORTS[transport] : 'another connection'}: ${how}`,
    );
  }

  #record(kind: Entry['kind'], words: string): void {
    this.#number += 1;
    const entry = { number: this.#number, at: Date.now(), kind, words };
    this.entries = [...this.entries, entry].slice(-KEPT_ENTRIES);
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The byte of the answer at which a chunk begins. Its cursor stands after its last byte. */
function startOf(cursor: string, data: string): number {
  return positionOf(cursor) - new TextEncoder().encode(data).length;
}

function positionOf(cursor: string | null): number {
  return Number(cursor?.split('.').at(-1) ?? 0);
}
