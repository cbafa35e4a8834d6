import { lastAttempt } from '../../generation/attempts.js';
import { PAGE_BYTES } from '../../generation/generation-log.js';
import type { LogPage, PagedLog } from '../../generation/log-reader.js';
import { wholeCharacters } from '../../generation/utf8.js';
import { ChangeSignal } from '../change-signal.js';
import { GrowingBytes } from '../growing-bytes.js';
import { type Appended, parseMessage } from './pubsub-message.js';

/** Looks at the log from a position: undefined when there is none. Rejects when Redis cannot be asked. */
export type Fetch = (position: number) => Promise<LogPage | undefined>;

/** What the log held when it was last looked at, and what was heard since. */
interface Held extends Omit<LogPage, 'page'> {
  /** The newest text, or the part of it that was read last. */
  readonly window: GrowingBytes;
}

/**
 * One generation's log as all its readers in this process see it. They share what is read and what is heard; the
 * newest text is kept, up to two pages of it, and a reader further back reads its own pages.
 */
export class Tail implements PagedLog {
  readonly changes = new ChangeSignal();
  readonly #messageId: string;
  readonly #fetch: Fetch;
  /** Undefined when there was no log. */
  #held: Held | undefined;
  /** Whether `#held` is all there is, as far as was heard. */
  #upToDate = false;
  #refreshing: Promise<boolean> | undefined;
  /** What came during a refresh: it cannot be told yet whether the reply has it. */
  #unheard: Buffer[] = [];

  constructor(messageId: string, fetch: Fetch) {
    this.#messageId = messageId;
    this.#fetch = fetch;
  }

  async readPage(position: number): Promise<LogPage | undefined> {
    if (!this.#upToDate || this.#hasMoreAt(position)) {
      const refreshed = await (this.#refreshing ??= this.#refresh(position));
      if (!refreshed) return undefined;
    }
    if (!this.#held) return undefined;
    const { window, ...rest } = this.#held;
    const covered = position >= window.start && !this.#hasMoreAt(position);
    if (covered) return { ...rest, page: window.from(position, PAGE_BYTES) };
    return this.#fetch(position).catch(() => undefined);
  }

  /** Takes in what came over the conversation's channel. */
  hear(payload: Buffer): void {
    if (this.#refreshing) {
      this.#unheard.push(payload);
      return;
    }
    const { messageId, appended } = parseMessage(payload);
    if (messageId !== undefined && messageId !== this.#messageId) return;
    if (appended && this.#isKnown(appended)) return;
    if (!appended || !this.#append(appended)) this.#upToDate = false;
    this.changes.notify();
  }

  /** Whether the log was seen to have text at `position` that the window does not reach yet. */
  #hasMoreAt(position: number): boolean {
    return this.#held !== undefined && position >= this.#held.window.end && position < this.#held.length;
  }

  #isKnown({ attempt, position, bytes }: Appended): boolean {
    const held = this.#held;
    return (
      held !== undefined && attempt === lastAttempt(held.attempts) && position + bytes.length <= held.length
    );
  }

  /** Adds text that was heard, if it goes on exactly where the newest text ends, by the attempt that wrote last. */
  #append({ attempt, position, bytes }: Appended): boolean {
    const held = this.#held;
    if (!held || attempt !== lastAttempt(held.attempts)) return false;
    if (position !== held.length || position !== held.window.end) return false;
    held.window.append(bytes);
    this.#held = { ...held, length: held.window.end };
    return true;
  }

  /** One look for all readers. Says whether Redis could be asked. */
  async #refresh(position: number): Promise<boolean> {
    const window = this.#held?.window;
    const inWindow = window && position >= window.start && position <= window.end;
    const at = inWindow ? window.end : position;
    try {
      this.#held = this.#heldAfter(await this.#fetch(at), at);
      this.#upToDate = true;
      return true;
    } catch {
      return false;
    } finally {
      this.#refreshing = undefined;
      const unheard = this.#unheard;
      this.#unheard = [];
      for (const payload of unheard) this.hear(payload);
    }
  }

  #heldAfter(look: LogPage | undefined, at: number): Held | undefined {
    if (!look) return undefined;
    const { page, ...rest } = look;
    // A character cut off by the page's end would be all that is left of it, and look like the end of the text.
    return { ...rest, window: this.#windowWith(wholeCharacters(page), at, rest) };
  }

  /** The window after a look: longer, or as it was if the look was further back, or begun anew if the log is another. */
  #windowWith(page: Buffer, at: number, now: Omit<LogPage, 'page'>): GrowingBytes {
    const held = this.#held;
    const stands =
      held && lastAttempt(held.attempts) === lastAttempt(now.attempts) && held.window.end <= now.length;
    if (stands && at === held.window.end) held.window.append(page);
    const addsNothing = page.length === 0 || at + page.length <= (held?.window.end ?? 0);
    if (stands && addsNothing) return held.window;
    // A reader may stand beyond the end; a window there would be of no use to the others.
    return new GrowingBytes(page, Math.min(at, now.length), PAGE_BYTES);
  }
}
