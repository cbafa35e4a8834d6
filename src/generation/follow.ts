import type { Clock } from '../kernel/clock.js';
import { isUnavailable } from '../kernel/errors.js';
import type { Metrics } from '../kernel/metrics.js';
import { conversationTopic, type Notifier } from '../kernel/notifier.js';
import { WakeSignal } from '../kernel/wake-signal.js';
import { afterAccepted, type Cursor, textPosition } from '../protocol/cursor.js';
import type { Message } from '../protocol/message.js';
import { advance, forkedBy, lastAttempt } from './attempts.js';
import type { GenerationLog } from './generation-log.js';
import type { EndedAnswer, FoundGeneration, GenerationReader, GenerationState } from './generation-reader.js';
import { type Notice, noticesOf } from './notices.js';

export interface FollowPorts {
  readonly log: GenerationLog;
  readonly reader: GenerationReader;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly metrics?: Metrics | undefined;
  /** Whether answers may have sources. They are then looked for before the first text. */
  readonly knowledge?: boolean;
}

export interface FollowOptions {
  readonly start: Start;
  /** End when nothing runs or waits, or with the end of this message. Without it: go on until aborted. */
  readonly until?: 'idle' | { readonly messageId: string };
}

/** What happens in a conversation, in order. An event with a cursor moves the reader there. */
export type FollowEvent =
  | { kind: 'accepted'; cursor: Cursor; view: GenerationState }
  /** `appendedAt`: see `Read` of the log. */
  | { kind: 'text'; cursor: Cursor; messageId: string; text: string; appendedAt?: number | undefined }
  | { kind: 'reset'; cursor: Cursor; messageId: string; reason: ResetReason }
  | { kind: 'ended'; cursor: Cursor; message: Message }
  | Notice
  /** The reader is up to date. Once a call. */
  | { kind: 'ready'; cursor: Cursor }
  /** The conversation was deleted. Nothing follows. */
  | { kind: 'gone' };

/**
 * Why the reader must drop text. `restarted`: a later attempt replaced it. `joined`: the reader came without a cursor and may
 * already show some of it.
 */
export type ResetReason = 'restarted' | 'joined';

/** Where a reader starts. */
export interface Start {
  /** The last cursor that the reader has seen. */
  readonly cursor: Cursor;
  /** The generation to read first: the cursor's own, or the next one if the cursor is at its end. */
  readonly seq: number;
  /** The reader may already show text of that generation: a `reset` comes before the text. */
  readonly resetFirst?: boolean;
  /** The reader has been here before, and said where it was. */
  readonly resumed?: boolean;
  /** That generation, if it was accepted a moment ago: it need not be looked up. */
  readonly accepted?: GenerationState;
}

/** How often a waiting reader polls the rows without a notification. */
const POLL_MS = 5000;

/** How many ended answers a reader reads one by one before it asks for pages of them. */
const FAR_BEHIND = 3;

/** Delay before a failed query that the reader needs is repeated, in ms. */
const RETRY_MS = 500;

/**
 * Yields everything that happens in a conversation after a cursor: `accepted`, text and end of each generation, then what
 * happens from now on. It is pulled: while the consumer is busy nothing is read and nothing is kept. Returns on abort.
 */
export async function* follow(
  ports: FollowPorts,
  conversationId: string,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent, void> {
  const changes = await WakeSignal.subscribe(ports.notifier, conversationTopic(conversationId), ports.clock);
  try {
    yield* new Follower(ports, conversationId, options, changes, signal).run();
  } finally {
    changes.close();
  }
}

class Follower {
  readonly #ports: FollowPorts;
  readonly #conversationId: string;
  readonly #changes: WakeSignal;
  readonly #signal: AbortSignal;
  readonly #until: FollowOptions['until'];
  /** The last cursor yielded. */
  #cursor: Cursor;
  /** The generation that is read or waited for. */
  #seq: number;
  #resetDue: boolean;
  /** A resume that has not been counted. */
  #resumed: boolean;
  /** Ended generations that follow, read at once. */
  #page: GenerationState[] = [];
  /** How many answers were read from their rows, one after another, since the last page. */
  #endedInARow = 0;
  #ready = false;
  /** Whether the generation `#seq` has been read while it was written. */
  #live = false;
  /** The notices of it that have been yielded, or that it has none of. */
  #yielded = new Set<Notice['kind']>();
  /** Its sources have been looked for before its text. */
  #sought = false;

  constructor(
    ports: FollowPorts,
    conversationId: string,
    options: FollowOptions,
    changes: WakeSignal,
    signal: AbortSignal,
  ) {
    this.#ports = ports;
    this.#conversationId = conversationId;
    this.#changes = changes;
    this.#signal = signal;
    this.#until = options.until;
    this.#cursor = options.start.cursor;
    this.#seq = options.start.seq;
    this.#resetDue = options.start.resetFirst ?? false;
    this.#resumed = options.start.resumed ?? false;
    if (options.start.accepted) this.#page = [options.start.accepted];
  }

  async *run(): AsyncGenerator<FollowEvent, void> {
    while (!this.#signal.aborted) {
      const found = await this.#find();
      if (!found) {
        await this.#ports.clock.sleep(RETRY_MS, this.#signal);
        continue;
      }
      if (found.kind === 'gone') return yield { kind: 'gone' };
      if (found.kind === 'none') {
        this.#resumed = false;
        if (this.#until === 'idle') return;
        yield* this.#yieldReady();
        await this.#newGeneration();
        continue;
      }
      const { view } = found;
      this.#countResume(view);
      if (this.#isBeforeAccepted()) yield this.#accepted(view);
      yield* this.#yieldNotices(view);
      yield* view.ended ? this.#fromRow(view, view.ended) : this.#fromLog(view);
      if (this.#isDone(view)) return;
    }
  }

  /** A reader that has read a few ended answers in a row is far behind: the next ones come a page at a time. */
  async #find(): Promise<FoundGeneration | undefined> {
    const { reader } = this.#ports;
    if (this.#page.length === 0 && this.#endedInARow >= FAR_BEHIND) {
      this.#endedInARow = 0;
      this.#page = [...((await unlessUnavailable(reader.findEnded(this.#conversationId, this.#seq))) ?? [])];
    }
    const view = this.#page.shift();
    if (view?.ref.seq === this.#seq) return { kind: 'found', view };
    this.#page = [];
    return unlessUnavailable(reader.find(this.#conversationId, this.#seq));
  }

  #countResume({ ended }: GenerationState): void {
    if (this.#resumed) this.#ports.metrics?.countBy('veda_resumes_total', { from: ended ? 'row' : 'log' });
    this.#resumed = false;
  }

  #isBeforeAccepted(): boolean {
    const { seq, attempt, position } = this.#cursor;
    return seq < this.#seq || (attempt === 0 && position === 0);
  }

  #isDone({ ref }: GenerationState): boolean {
    return typeof this.#until === 'object' && this.#until.messageId === ref.messageId && this.#seq > ref.seq;
  }

  #accepted(view: GenerationState): FollowEvent {
    this.#cursor = afterAccepted(view.ref.seq);
    return { kind: 'accepted', cursor: this.#cursor, view };
  }

  /** Yields the text as it is written, until the row may be final. */
  async *#fromLog(view: GenerationState): AsyncGenerator<FollowEvent, void> {
    const { messageId } = view.ref;
    let polledAt = this.#ports.clock.now();
    this.#live = true;
    for await (const read of this.#ports.log.read(view.ref, this.#cursor, this.#signal)) {
      if (read.kind === 'end') return;
      if (read.kind === 'reset') {
        this.#resetDue = false;
        // The attempt before may have died before it stored any.
        this.#sought = false;
        yield this.#reset(messageId, read.cursor, 'restarted');
      } else if (read.kind === 'text') {
        yield* await this.#lateNotices(view.ref.seq);
        if (this.#resetDue) yield this.#reset(messageId, { ...read.cursor, position: 0 }, 'joined');
        this.#resetDue = false;
        this.#cursor = read.cursor;
        const { cursor, text, appendedAt } = read;
        yield { kind: 'text', cursor, messageId, text, appendedAt };
      } else {
        yield* this.#yieldReady();
        if (this.#changes.consume()) {
          polledAt = this.#ports.clock.now();
          const found = await unlessUnavailable(this.#ports.reader.find(this.#conversationId, view.ref.seq));
          if (!found) continue;
          if (found.kind !== 'found' || found.view.ended) return;
          yield* this.#yieldNotices(found.view);
        } else if (this.#ports.clock.now() - polledAt >= POLL_MS) {
          polledAt = this.#ports.clock.now();
          const progress = await unlessUnavailable(this.#ports.reader.progress(this.#conversationId));
          if (!progress) continue;
          if (progress.kind === 'gone' || !progress.open || progress.open > view.ref.seq) return;
        }
      }
    }
  }

  /** Yields the rest of an ended answer from the reader's cursor, and its end. */
  async *#fromRow(view: GenerationState, ended: EndedAnswer): AsyncGenerator<FollowEvent, void> {
    const { messageId, seq } = view.ref;
    const end: Cursor = { seq, attempt: lastAttempt(view.attempts), position: ended.bytes + 1 };
    if (this.#cursor.attempt === end.attempt && this.#cursor.position === end.position) {
      this.#goOn();
      return;
    }
    const whole = ended.message && Buffer.from(ended.message.content);
    const beginning: Cursor = { seq, attempt: end.attempt, position: 0 };
    if (this.#resetDue) yield this.#reset(messageId, beginning, 'joined');
    else if (this.#hasForked(view, ended.bytes)) yield this.#reset(messageId, beginning, 'restarted');
    this.#resetDue = false;
    for (let position = textPosition(this.#cursor); position < ended.bytes; ) {
      const text = whole
        ? whole.toString('utf8', position)
        : await unlessUnavailable(this.#ports.reader.page(messageId, position));
      if (!text || this.#signal.aborted) return;
      position += Buffer.byteLength(text);
      this.#cursor = advance(this.#cursor, position, view.attempts);
      yield { kind: 'text', cursor: this.#cursor, messageId, text };
    }
    const message = ended.message ?? (await unlessUnavailable(this.#ports.reader.message(messageId)));
    if (!message) return;
    this.#cursor = end;
    this.#endedInARow = this.#live ? 0 : this.#endedInARow + 1;
    this.#goOn();
    yield { kind: 'ended', cursor: end, message };
  }

  /** Whether the reader's text is not a prefix of the answer. A position beyond the end counts as a fork, too. */
  #hasForked(view: GenerationState, bytes: number): boolean {
    return forkedBy(this.#cursor, view.attempts) !== undefined || textPosition(this.#cursor) > bytes;
  }

  #reset(messageId: string, cursor: Cursor, reason: ResetReason): FollowEvent {
    this.#cursor = cursor;
    return { kind: 'reset', cursor, messageId, reason };
  }

  /** From here on the next generation is read. */
  #goOn(): void {
    this.#seq += 1;
    this.#live = false;
    this.#yielded = new Set();
    this.#sought = false;
  }

  /** Transcripts and sources are stored before the model is asked, so that they are there when there is text. */
  async #lateNotices(seq: number): Promise<Iterable<FollowEvent>> {
    const maySource = this.#ports.knowledge === true && !this.#yielded.has('sources') && !this.#sought;
    if (this.#yielded.has('transcript') && !maySource) return [];
    // Once for each answer: most have none, and text must not wait for a database that is down.
    this.#sought = true;
    const found = await unlessUnavailable(this.#ports.reader.find(this.#conversationId, seq));
    return found?.kind === 'found' ? this.#yieldNotices(found.view) : [];
  }

  /** Yields each notice once for a generation, and none to a reader that has its end. */
  *#yieldNotices(view: GenerationState): Generator<FollowEvent, void> {
    if (this.#hasEnd(view)) return;
    for (const [kind, notices] of noticesOf(view)) {
      if (this.#yielded.has(kind)) continue;
      // Who comes after the end needs not know that the answer was to be stopped.
      if (kind === 'stopping' && view.ended && !this.#live) continue;
      this.#yielded.add(kind);
      yield* notices;
    }
  }

  #hasEnd({ ended, attempts }: GenerationState): boolean {
    const { attempt, position } = this.#cursor;
    return ended !== undefined && attempt === lastAttempt(attempts) && position === ended.bytes + 1;
  }

  *#yieldReady(): Generator<FollowEvent, void> {
    if (this.#ready) return;
    this.#ready = true;
    yield { kind: 'ready', cursor: this.#cursor };
  }

  async #newGeneration(): Promise<void> {
    while (!this.#signal.aborted) {
      if (await this.#changes.wait(POLL_MS, this.#signal)) return;
      const progress = await unlessUnavailable(this.#ports.reader.progress(this.#conversationId));
      if (progress?.kind === 'gone' || (progress && progress.last >= this.#seq)) return;
    }
  }
}

/** Undefined while Postgres is unreachable: that ends no stream, since text may still come from the log. */
async function unlessUnavailable<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isUnavailable(error)) return undefined;
    throw error;
  }
}
