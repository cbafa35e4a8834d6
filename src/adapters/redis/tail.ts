import { lastAttempt } from '../../generation/attempts.js';
import { PAGE_BYTES } from '../../generation/generation-log.js';
import type { LogPage, PagedLog } from '../../generation/log-reader.js';
import { wholeCharacters } from '../../generation/utf8.js';
import type { AppendTimes } from '../append-times.js';
import { ChangeSignal } from '../change-signal.js';
import { GrowingBytes } from '../growing-bytes.js';
import { type Appended, type PubsubMessage, parseMessage } from './pubsub-message.js';

/** Reads a page of the log from Redis. Undefined when there is no log. Rejects when Redis cannot be reached. */
export type Fetch = (position: number) => Promise<LogPage | undefined>;

/** What the log held when it was last read, plus the appends received since. */
interface KnownLog extends Omit<LogPage, 'page'> {
  /** The newest text, or the part that was read last. */
  readonly window: GrowingBytes;
}

/**
 * The end of one generation's log, shared by all its readers in this process. It keeps the newest text, up to two pages,
 * from reads and from received appends. A reader further back reads its own pages from Redis.
 */
export class Tail implements PagedLog {
  readonly changes = new ChangeSignal();
  readonly #name: string;
  readonly #parse: (payload: Buffer) => PubsubMessage;
  readonly #fetch: Fetch;
  readonly #times: AppendTimes | undefined;
  /** Undefined when there was no log. */
  #known: KnownLog | undefined;
  /** Whether `#known` is up to date, as far as messages tell. */
  #upToDate = false;
  #refreshing: Promise<boolean> | undefined;
  /** Messages that came during a refresh: the reply may or may not include them. */
  #deferred: Buffer[] = [];

  /**
   * @param name as messages name the log
   * @param times without it, readers are not told when text was appended
   * @param parse gives the text of a message as it was written
   */
  constructor(name: string, fetch: Fetch, times?: AppendTimes, parse = parseMessage) {
    this.#name = name;
    this.#fetch = fetch;
    this.#times = times;
    this.#parse = parse;
  }

  async readPage(position: number): Promise<LogPage | undefined> {
    if (!this.#upToDate || this.#hasMoreAt(position)) {
      const refreshed = await (this.#refreshing ??= this.#refresh(position));
      if (!refreshed) return undefined;
    }
    if (!this.#known) return undefined;
    const { window, ...rest } = this.#known;
    const covered = position >= window.start && !this.#hasMoreAt(position);
    if (covered) {
      return { ...rest, page: window.from(position, PAGE_BYTES), appendedAt: this.#times?.at(position) };
    }
    return this.#fetch(position).catch(() => undefined);
  }

  /** Handles a message of the conversation's channel. */
  receive(payload: Buffer): void {
    if (this.#refreshing) {
      this.#deferred.push(payload);
      return;
    }
    const { messageId, appended } = this.#parse(payload);
    if (messageId !== undefined && messageId !== this.#name) return;
    if (appended?.epochMs !== undefined) {
      const { position, bytes, epochMs } = appended;
      this.#times?.add(position, position + bytes.length, epochMs);
    }
    if (appended && this.#isKnown(appended)) return;
    if (!appended || !this.#append(appended)) this.#upToDate = false;
    this.changes.notify();
  }

  /** Whether the log has text at `position` that is beyond the window. */
  #hasMoreAt(position: number): boolean {
    return this.#known !== undefined && position >= this.#known.window.end && position < this.#known.length;
  }

  #isKnown({ attempt, position, bytes }: Appended): boolean {
    const known = this.#known;
    return (
      known !== undefined &&
      attempt === lastAttempt(known.attempts) &&
      position + bytes.length <= known.length
    );
  }

  /** Adds a received append if it starts exactly where the newest text ends and is by the last attempt. */
  #append({ attempt, position, bytes }: Appended): boolean {
    const known = this.#known;
    if (attempt === 1 && position === 0 && this.#upToDate && this.#isEmpty()) return this.#beginWith(bytes);
    if (!known || attempt !== lastAttempt(known.attempts)) return false;
    if (position !== known.length || position !== known.window.end) return false;
    known.window.append(bytes);
    this.#known = { ...known, length: known.window.end };
    return true;
  }

  /** Whether no attempt had begun when the log was last read. */
  #isEmpty(): boolean {
    return !this.#known || (this.#known.length === 0 && this.#known.attempts.length === 0);
  }

  /** The first text of attempt 1 is the whole log: it begins at 0, and nothing precedes it. */
  #beginWith(bytes: Buffer): true {
    const window = new GrowingBytes(Buffer.from(bytes), 0, PAGE_BYTES);
    this.#known = { attempts: [{ attempt: 1, start: 0 }], length: window.end, ended: false, window };
    return true;
  }

  /** Reads once for all readers. False when Redis could not be reached. */
  async #refresh(position: number): Promise<boolean> {
    const window = this.#known?.window;
    const inWindow = window && position >= window.start && position <= window.end;
    const at = inWindow ? window.end : position;
    try {
      this.#known = this.#knownAfter(await this.#fetch(at), at);
      this.#upToDate = true;
      return true;
    } catch {
      return false;
    } finally {
      this.#refreshing = undefined;
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const payload of deferred) this.receive(payload);
    }
  }

  #knownAfter(logPage: LogPage | undefined, at: number): KnownLog | undefined {
    if (!logPage) return undefined;
    const { page, ...rest } = logPage;
    // An incomplete last character is dropped, or it would stay in the window as the end of the text.
    return { ...rest, window: this.#windowWith(wholeCharacters(page), at, rest) };
  }

  /** The window after a read: extended, unchanged if the read was further back, or new if the log was replaced. */
  #windowWith(page: Buffer, at: number, now: Omit<LogPage, 'page'>): GrowingBytes {
    const known = this.#known;
    const sameLog =
      known && lastAttempt(known.attempts) === lastAttempt(now.attempts) && known.window.end <= now.length;
    if (sameLog && at === known.window.end) known.window.append(page);
    const addsNothing = page.length === 0 || at + page.length <= (known?.window.end ?? 0);
    if (sameLog && addsNothing) return known.window;
    // A reader may stand beyond the end. A window there would be useless to the others.
    return new GrowingBytes(page, Math.min(at, now.length), PAGE_BYTES);
  }
}
