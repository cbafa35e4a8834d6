import type { Conversation, TransportName } from '../../client/api.js';
import type { Frame } from '../../protocol/frames.js';
import { TRANSPORTS } from './words.js';

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

/** Where a connection ended: what comes next must begin exactly here. */
interface Break {
  readonly cursor: string | null;
  readonly inAnswer: boolean;
}

const KEPT_ENTRIES = 60;

/** What happened to a conversation's connection, in words, from when it was opened. */
export class Journal {
  entries: readonly Entry[] = [];
  counts: Counts = { frames: 0, characters: 0 };
  chosen: TransportName | 'auto' = 'auto';
  readonly #conversation: Conversation;
  readonly #listeners = new Set<() => void>();
  readonly #ways: (() => void)[];
  #shown: string;
  #connected = false;
  #break: Break | null = null;
  #number = 0;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
    this.#shown = '';
    this.#ways = [
      conversation.subscribe(() => this.#look()),
      conversation.onFrame((frame) => this.#count(frame)),
    ];
    this.#look();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Breaks the connection off, and notes where. */
  cut(): void {
    this.#breakOff('cut', 'Cut');
    this.#conversation.cut();
  }

  use(transport: TransportName | 'auto'): void {
    this.chosen = transport;
    this.#note(
      'chosen',
      transport === 'auto' ? 'Any transport may be used' : `Only ${TRANSPORTS[transport]} may be used`,
    );
    if (this.#connected) this.#breakOff('chosen', 'Left');
    this.#conversation.use(transport);
  }

  close(): void {
    for (const way of this.#ways) way();
  }

  #look(): void {
    const { state, transport, error } = this.#conversation.view;
    const shown = `${state} ${transport}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    const connected = state === 'catching-up' || state === 'live';
    if (this.#connected && !connected && !this.#break) this.#breakOff('lost', 'Connection lost');
    this.#connected = connected;
    const over = transport ? TRANSPORTS[transport] : 'any transport';
    switch (state) {
      case 'connecting':
        return this.#note('state', `Connecting over ${over}`);
      case 'catching-up':
        return this.#note('state', `Connected over ${over}`);
      case 'offline':
        return this.#note('state', 'No transport gets through; trying again later');
      case 'closed':
        return this.#note('state', error ? `Closed: ${error.message}` : 'Closed');
      case 'live':
        if (this.#break) this.#resumed('nothing was missed');
        return this.#note('state', `Up to date over ${over}`);
    }
  }

  #count(frame: Frame): void {
    const characters = frame.type === 'chunk' ? frame.data.length : 0;
    this.counts = { frames: this.counts.frames + 1, characters: this.counts.characters + characters };
    if (this.#break) this.#resume(frame, this.#break);
    if (frame.type === 'reset') this.#note('answer', `The answer starts over: ${frame.reason}`);
    if (frame.type === 'done') {
      this.#note('answer', `Answer ${frame.message.status} with ${frame.message.content.length} characters`);
    }
    if (frame.type === 'error' && frame.messageId) this.#note('answer', `Answer ended: ${frame.code}`);
    this.#tell();
  }

  #breakOff(kind: 'cut' | 'lost' | 'chosen', word: string): void {
    const { cursor, messages } = this.#conversation.view;
    const answer = messages.findLast(({ status }) => status === 'streaming');
    this.#break = { cursor, inAnswer: answer !== undefined };
    const where = answer ? `at character ${answer.content.length} of the answer` : 'between answers';
    this.#note(kind, `${word} ${where}${cursor === null ? '' : `, cursor ${cursor}`}`);
  }

  /** What the first frame after a break says about how well it went on. */
  #resume(frame: Frame, { cursor, inAnswer }: Break): void {
    if (frame.type === 'reset') return this.#resumed('the text comes again from its start');
    if (frame.type !== 'chunk')
      return this.#resumed(inAnswer ? 'the answer was all there' : 'nothing was missed');
    const from = beginningOf(frame.cursor, frame.data);
    const exactly = inAnswer && from === placeIn(cursor) ? ', exactly where it ended' : '';
    this.#resumed(`from byte ${from}${exactly}; ${frame.data.length} characters came at once`);
  }

  #resumed(how: string): void {
    this.#break = null;
    const { transport } = this.#conversation.view;
    this.#note('resumed', `Resumed over ${transport ? TRANSPORTS[transport] : 'another connection'}: ${how}`);
  }

  #note(kind: Entry['kind'], words: string): void {
    this.#number += 1;
    const entry = { number: this.#number, at: Date.now(), kind, words };
    this.entries = [...this.entries, entry].slice(-KEPT_ENTRIES);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The byte of the answer at which a chunk begins: its cursor stands after it. */
function beginningOf(cursor: string, data: string): number {
  return placeIn(cursor) - new TextEncoder().encode(data).length;
}

function placeIn(cursor: string | null): number {
  return Number(cursor?.split('.').at(-1) ?? 0);
}
