import { type Cursor, textPosition } from '../protocol/cursor.js';
import { type AttemptStart, advance, forkedBy, lastAttempt } from './attempts.js';
import type { Read } from './generation-log.js';
import { startsInsideCharacter, wholeCharacters } from './utf8.js';

/** What a log holds, seen from a position. */
export interface LogPage {
  readonly attempts: readonly AttemptStart[];
  /** Bytes of text in all. */
  readonly length: number;
  /** Sealed, whole and closed. */
  readonly ended: boolean;
  /** The bytes after the position, a page of them at the most; the last character may be cut off. */
  readonly page: Buffer;
}

/** A log as its readers reach it, whatever it is kept in. */
export interface PagedLog {
  readonly changes: Changes;
  /** Undefined when there is no log, or none that can be reached. */
  readPage(position: number): Promise<LogPage | undefined>;
}

/** When a log may have changed. */
export interface Changes {
  /** Another number after each. */
  readonly version: number;
  /** Resolves when `version` is no longer `since`, at once if it is not, or when `signal` aborts. */
  after(since: number, signal: AbortSignal): Promise<void>;
}

/** Reads a log as `GenerationLog.read` promises. */
export async function* readLog(log: PagedLog, from: Cursor, signal: AbortSignal): AsyncGenerator<Read, void> {
  let cursor = from;
  while (!signal.aborted) {
    // Taken before the look: a change after it ends the wait at once.
    const { version } = log.changes;
    const read = nextRead(cursor, await log.readPage(textPosition(cursor)));
    if (signal.aborted) return;
    cursor = read.cursor;
    yield read;
    if (read.kind === 'end') return;
    if (read.kind === 'waiting') await log.changes.after(version, signal);
  }
}

/** What a reader at `cursor` is told about the log that it sees. */
export function nextRead(cursor: Cursor, look: LogPage | undefined): Read {
  if (!look) return { kind: 'waiting', cursor };
  const { seq } = cursor;
  const { attempts, length, ended } = look;
  const last = lastAttempt(attempts);
  const olderThanReader = cursor.attempt > last;
  if (olderThanReader) return { kind: 'waiting', cursor };
  if (forkedBy(cursor, attempts) || startsInsideCharacter(look.page)) {
    return { kind: 'reset', cursor: { seq, attempt: last, position: 0 } };
  }
  const position = textPosition(cursor);
  const text = wholeCharacters(look.page);
  if (text.length > 0) {
    return { kind: 'text', text: text.toString(), cursor: advance(cursor, position + text.length, attempts) };
  }
  if (ended && position === length) {
    return { kind: 'end', cursor: { seq, attempt: last, position: length + 1 } };
  }
  return { kind: 'waiting', cursor };
}
