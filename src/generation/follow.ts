import type { Clock } from '../kernel/clock.js';
import { isUnavailable } from '../kernel/errors.js';
import type { Metrics } from '../kernel/metrics.js';
import { conversationTopic, type Notifier } from '../kernel/notifier.js';
import { WakeSignal } from '../kernel/wake-signal.js';
import type { Alert } from '../protocol/alert.js';
import { afterAccepted, type Cursor, textPosition } from '../protocol/cursor.js';
import type { Message } from '../protocol/message.js';
import type { Source } from '../protocol/source.js';
import { advance, forkedBy, lastAttempt } from './attempts.js';
import type { GenerationLog } from './generation-log.js';
import type { EndedAnswer, FoundGeneration, GenerationReader, GenerationState } from './generation-reader.js';

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
  | { kind: 'stopping'; messageId: string }
  /** What a voice message in the user's message `messageId` says. Before the answer's text; may come again. */
  | { kind: 'transcript'; messageId: string; attachmentId: string; text: string }
  /** Danger in the message that is answered. Before the text, and once a call for each answer. */
  | { kind: 'alert'; messageId: string; alert: Alert }
  /** What an answer rests on. Before its text, and once a call for each answer. */
  | { kind: 'sources'; messageId: string; sources: readonly Source[] }
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
  /** The `seq` of the last generation that was read while it was written, and of the last whose stop was yielded. */
  #live = 0;
  #stopYielded = 0;
  /** The `seq` whose voice messages have been told, or that has none. */
  #heard = 0;
  /** The `seq` of the last generation whose alert was yielded. */
  #alerted = 0;
  /** The `seq` of the last generation whose sources were yielded, and of the last whose were looked for before its text. */
  #sourced = 0;
  #sought = 0;

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
      yield* this.#yieldTranscripts(view);
      yield* this.#yieldAlert(view);
      yield* this.#yieldSources(view);
      yield* this.#yieldStopping(view);
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
    this.#live = view.ref.seq;
    for await (const read of this.#ports.log.read(view.ref, this.#cursor, this.#signal)) {
      if (read.kind === 'end') return;
      if (read.kind === 'reset') {
        this.#resetDue = false;
        // The attempt before may have died before it stored any.
        this.#sought = 0;
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
          yield* this.#yieldTranscripts(found.view);
          yield* this.#yieldSources(found.view);
          yield* this.#yieldStopping(found.view);
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
      this.#seq = seq + 1;
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
    this.#seq = seq + 1;
    this.#endedInARow = this.#live === seq ? 0 : this.#endedInARow + 1;
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

  /** Yields what the voice messages in the user's message say, once they all have been heard. */
  *#yieldTranscripts({ ref, userMessage }: GenerationState): Generator<FollowEvent, void> {
    if (this.#heard === ref.seq) return;
    const sounds = userMessage.attachments.filter(({ kind }) => kind === 'audio');
    if (sounds.some(({ transcript }) => transcript === undefined)) return;
    this.#heard = ref.seq;
    for (const { id, transcript = '' } of sounds) {
      yield { kind: 'transcript', messageId: userMessage.id, attachmentId: id, text: transcript };
    }
  }

  /** Transcripts and sources are stored before the model is asked, so that they are there when there is text. */
  async #lateNotices(seq: number): Promise<Iterable<FollowEvent>> {
    const maySource = this.#ports.knowledge === true && this.#sourced !== seq && this.#sought !== seq;
    if (this.#heard === seq && !maySource) return [];
    // Once for each answer: most have none, and text must not wait for a database that is down.
    this.#sought = seq;
    const found = await unlessUnavailable(this.#ports.reader.find(this.#conversationId, seq));
    if (found?.kind !== 'found') return [];
    return [...this.#yieldTranscripts(found.view), ...this.#yieldSources(found.view)];
  }

  /** Yields `stopping` once for a generation, unless it had ended before the reader came. */
  *#yieldStopping({ ref, stopRequested, ended }: GenerationState): Generator<FollowEvent, void> {
    if (!stopRequested || this.#stopYielded === ref.seq || (ended && this.#live !== ref.seq)) return;
    this.#stopYielded = ref.seq;
    yield { kind: 'stopping', messageId: ref.messageId };
  }

  /** Yields `alert` once for an answer, unless the reader has its end. */
  *#yieldAlert(view: GenerationState): Generator<FollowEvent, void> {
    const { ref, alert } = view;
    if (!alert || this.#alerted === ref.seq || this.#hasEnd(view)) return;
    this.#alerted = ref.seq;
    yield { kind: 'alert', messageId: ref.messageId, alert };
  }

  /** As with the alert. */
  *#yieldSources(view: GenerationState): Generator<FollowEvent, void> {
    const { ref, sources } = view;
    if (!sources || this.#sourced === ref.seq || this.#hasEnd(view)) return;
    this.#sourced = ref.seq;
    yield { kind: 'sources', messageId: ref.messageId, sources };
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
