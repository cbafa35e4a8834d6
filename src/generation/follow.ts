import type { Clock } from '../kernel/clock.js';
import { isAway } from '../kernel/errors.js';
import { conversationTopic, type Notifier } from '../kernel/notifier.js';
import { WakeSignal } from '../kernel/wake-signal.js';
import { afterAccepted, type Cursor, textPosition } from '../protocol/cursor.js';
import type { Message } from '../protocol/message.js';
import { advance, forkedBy, lastAttempt } from './attempts.js';
import type { GenerationLog } from './generation-log.js';
import type { EndedAnswer, FoundGeneration, GenerationReader, GenerationState } from './generation-reader.js';

export interface FollowPorts {
  readonly log: GenerationLog;
  readonly reader: GenerationReader;
  readonly notifier: Notifier;
  readonly clock: Clock;
}

export interface FollowOptions {
  readonly start: Start;
  /** End when nothing runs or waits, or with the end of this message. Without it: go on until aborted. */
  readonly until?: 'idle' | { readonly messageId: string };
}

/** What happens in a conversation, in order. Those with a cursor move the reader's position to it. */
export type FollowEvent =
  | { kind: 'accepted'; cursor: Cursor; view: GenerationState }
  | { kind: 'text'; cursor: Cursor; messageId: string; text: string }
  | { kind: 'reset'; cursor: Cursor; messageId: string; reason: ResetReason }
  | { kind: 'ended'; cursor: Cursor; message: Message }
  | { kind: 'stopping'; messageId: string }
  /** Everything so far has been told. Once a call. */
  | { kind: 'ready'; cursor: Cursor }
  /** The conversation was deleted. Nothing follows. */
  | { kind: 'gone' };

/**
 * Why text is dropped: `restarted`, an attempt that began anew took its place; `joined`, the reader came without a place
 * and may show some of it already.
 */
export type ResetReason = 'restarted' | 'joined';

/** Where a reader begins. */
export interface Start {
  /** The last place that it was told. */
  readonly cursor: Cursor;
  /** The generation to read first: the cursor's own, or the next one when the cursor stands at its end. */
  readonly seq: number;
  /** The reader may show text of that generation already: send a `reset` before it. */
  readonly resetFirst?: boolean;
}

/** How often a waiting reader looks at the rows, whatever the notifier says. */
const LOOK_MS = 5000;

/** How many ended answers a reader reads one by one before it asks for pages of them. */
const FAR_BEHIND = 3;

/** How long after a failed look at the rows a reader who cannot do without tries again, in ms. */
const AGAIN_MS = 500;

/**
 * Everything that happens in a conversation after a cursor: for each generation an `accepted`, its text, its end; then
 * what comes. Pulled: while the consumer is busy nothing is read and nothing is kept. Ends quietly on abort.
 */
export async function* follow(
  ports: FollowPorts,
  conversationId: string,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent, void> {
  const bell = await WakeSignal.subscribe(ports.notifier, conversationTopic(conversationId), ports.clock);
  try {
    yield* new Follower(ports, conversationId, options, bell, signal).run();
  } finally {
    bell.close();
  }
}

class Follower {
  readonly #ports: FollowPorts;
  readonly #conversationId: string;
  readonly #bell: WakeSignal;
  readonly #signal: AbortSignal;
  readonly #until: FollowOptions['until'];
  /** The last place told. */
  #cursor: Cursor;
  /** The generation being read, or waited for. */
  #seq: number;
  #resetDue: boolean;
  /** Ended generations that follow, read at once. */
  #page: GenerationState[] = [];
  /** How many answers were read from their rows, one after another, since the last page. */
  #endedInARow = 0;
  #ready = false;
  /** The last generation that was read as it was written, and the last whose stop was told: their `seq`. */
  #live = 0;
  #stopTold = 0;

  constructor(
    ports: FollowPorts,
    conversationId: string,
    options: FollowOptions,
    bell: WakeSignal,
    signal: AbortSignal,
  ) {
    this.#ports = ports;
    this.#conversationId = conversationId;
    this.#bell = bell;
    this.#signal = signal;
    this.#until = options.until;
    this.#cursor = options.start.cursor;
    this.#seq = options.start.seq;
    this.#resetDue = options.start.resetFirst ?? false;
  }

  async *run(): AsyncGenerator<FollowEvent, void> {
    while (!this.#signal.aborted) {
      const found = await this.#find();
      if (!found) {
        await this.#ports.clock.sleep(AGAIN_MS, this.#signal);
        continue;
      }
      if (found.kind === 'gone') return yield { kind: 'gone' };
      if (found.kind === 'none') {
        if (this.#until === 'idle') return;
        yield* this.#sayReady();
        await this.#newGeneration();
        continue;
      }
      const { view } = found;
      if (this.#standsBeforeAccepted()) yield this.#accepted(view);
      yield* this.#sayStopping(view);
      yield* view.ended ? this.#fromRow(view, view.ended) : this.#fromLog(view);
      if (this.#toldAllOf(view)) return;
    }
  }

  /** A reader that has read a few ended answers in a row is far behind: the next ones come a page at a time. */
  async #find(): Promise<FoundGeneration | undefined> {
    const { reader } = this.#ports;
    if (this.#page.length === 0 && this.#endedInARow >= FAR_BEHIND) {
      this.#endedInARow = 0;
      this.#page = [...((await whenThere(reader.findEnded(this.#conversationId, this.#seq))) ?? [])];
    }
    const view = this.#page.shift();
    if (view?.ref.seq === this.#seq) return { kind: 'found', view };
    this.#page = [];
    return whenThere(reader.find(this.#conversationId, this.#seq));
  }

  #standsBeforeAccepted(): boolean {
    const { seq, attempt, position } = this.#cursor;
    return seq < this.#seq || (attempt === 0 && position === 0);
  }

  #toldAllOf({ ref }: GenerationState): boolean {
    return typeof this.#until === 'object' && this.#until.messageId === ref.messageId && this.#seq > ref.seq;
  }

  #accepted(view: GenerationState): FollowEvent {
    this.#cursor = afterAccepted(view.ref.seq);
    return { kind: 'accepted', cursor: this.#cursor, view };
  }

  /** The text as it is written, until the row may be final. */
  async *#fromLog(view: GenerationState): AsyncGenerator<FollowEvent, void> {
    const { messageId } = view.ref;
    let lookedAt = this.#ports.clock.now();
    this.#live = view.ref.seq;
    for await (const read of this.#ports.log.read(view.ref, this.#cursor, this.#signal)) {
      if (read.kind === 'end') return;
      if (read.kind === 'reset') {
        this.#resetDue = false;
        yield this.#reset(messageId, read.cursor, 'restarted');
      } else if (read.kind === 'text') {
        if (this.#resetDue) yield this.#reset(messageId, { ...read.cursor, position: 0 }, 'joined');
        this.#resetDue = false;
        this.#cursor = read.cursor;
        yield { kind: 'text', cursor: read.cursor, messageId, text: read.text };
      } else {
        yield* this.#sayReady();
        if (this.#bell.consume()) {
          lookedAt = this.#ports.clock.now();
          const found = await whenThere(this.#ports.reader.find(this.#conversationId, view.ref.seq));
          if (!found) continue;
          if (found.kind !== 'found' || found.view.ended) return;
          yield* this.#sayStopping(found.view);
        } else if (this.#ports.clock.now() - lookedAt >= LOOK_MS) {
          lookedAt = this.#ports.clock.now();
          const progress = await whenThere(this.#ports.reader.progress(this.#conversationId));
          if (!progress) continue;
          if (progress.kind === 'gone' || !progress.open || progress.open > view.ref.seq) return;
        }
      }
    }
  }

  /** The rest of an answer that has ended, from where the reader stands, and its end. */
  async *#fromRow(view: GenerationState, ended: EndedAnswer): AsyncGenerator<FollowEvent, void> {
    const { messageId, seq } = view.ref;
    const end: Cursor = { seq, attempt: lastAttempt(view.attempts), position: ended.bytes + 1 };
    if (this.#cursor.attempt === end.attempt && this.#cursor.position === end.position) {
      this.#seq = seq + 1;
      return;
    }
    const whole = ended.message && Buffer.from(ended.message.content);
    const beginning: Cursor = { seq, attempt: end.attempt, position: 0 };
    if (this.#resetDue) yield this.#reset(messageId, beginning, 'joined');
    else if (this.#lostItsPlace(view, ended.bytes)) yield this.#reset(messageId, beginning, 'restarted');
    this.#resetDue = false;
    for (let position = textPosition(this.#cursor); position < ended.bytes; ) {
      const text = whole
        ? whole.toString('utf8', position)
        : await whenThere(this.#ports.reader.page(messageId, position));
      if (!text || this.#signal.aborted) return;
      position += Buffer.byteLength(text);
      this.#cursor = advance(this.#cursor, position, view.attempts);
      yield { kind: 'text', cursor: this.#cursor, messageId, text };
    }
    const message = ended.message ?? (await whenThere(this.#ports.reader.message(messageId)));
    if (!message) return;
    this.#cursor = end;
    this.#seq = seq + 1;
    this.#endedInARow = this.#live === seq ? 0 : this.#endedInARow + 1;
    yield { kind: 'ended', cursor: end, message };
  }

  /** Whether what the reader has is not a beginning of the answer; a place that cannot be is no better than a fork. */
  #lostItsPlace(view: GenerationState, bytes: number): boolean {
    return forkedBy(this.#cursor, view.attempts) !== undefined || textPosition(this.#cursor) > bytes;
  }

  #reset(messageId: string, cursor: Cursor, reason: ResetReason): FollowEvent {
    this.#cursor = cursor;
    return { kind: 'reset', cursor, messageId, reason };
  }

  /** Once, and also when the end came before the news; of an answer that had ended before the reader came it is none. */
  *#sayStopping({ ref, stopRequested, ended }: GenerationState): Generator<FollowEvent, void> {
    if (!stopRequested || this.#stopTold === ref.seq || (ended && this.#live !== ref.seq)) return;
    this.#stopTold = ref.seq;
    yield { kind: 'stopping', messageId: ref.messageId };
  }

  *#sayReady(): Generator<FollowEvent, void> {
    if (this.#ready) return;
    this.#ready = true;
    yield { kind: 'ready', cursor: this.#cursor };
  }

  async #newGeneration(): Promise<void> {
    while (!this.#signal.aborted) {
      if (await this.#bell.wait(LOOK_MS, this.#signal)) return;
      const progress = await whenThere(this.#ports.reader.progress(this.#conversationId));
      if (progress?.kind === 'gone' || (progress && progress.last >= this.#seq)) return;
    }
  }
}

/** Undefined when the rows cannot be asked now: that ends no stream, and text may go on coming without them. */
async function whenThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isAway(error)) return undefined;
    throw error;
  }
}
