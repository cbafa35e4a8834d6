import { type Cursor, textPosition } from '../protocol/cursor.js';
import { type AttemptStart, advance, forkedBy, lastAttempt } from './attempts.js';
import type { Read } from './generation-log.js';
import { startsInsideCharacter, wholeCharacters } from './utf8.js';

/** A page of a log, and the state of the log at that moment. */
export interface LogPage {
  readonly attempts: readonly AttemptStart[];
  /** Length of the whole text in bytes. */
  readonly length: number;
  /** Whether the log is sealed, whole and closed. */
  readonly ended: boolean;
  /** The bytes after the position, at most `PAGE_BYTES`. The last character may be incomplete. */
  readonly page: Buffer;
  /** As in `Read`. */
  readonly appendedAt?: number | undefined;
}

/** A log that can be read page by page, wherever it is stored. */
export interface PagedLog {
  readonly changes: Changes;
  /** Undefined when there is no log, or its store cannot be reached. */
  readPage(position: number): Promise<LogPage | undefined>;
}

/** Tells when a log may have changed. */
export interface Changes {
  /** A number that differs after every change. */
  readonly version: number;
  /** Resolves as soon as `version` is not `since`, or when `signal` aborts. */
  after(since: number, signal: AbortSignal): Promise<void>;
}

/** Implements `GenerationLog.read` over a paged log. */
export async function* readLog(log: PagedLog, from: Cursor, signal: AbortSignal): AsyncGenerator<Read, void> {
  let cursor = from;
  while (!signal.aborted) {
    // Taken before the page is read, so a change during the read ends the wait at once.
    const { version } = log.changes;
    const read = nextRead(cursor, await log.readPage(textPosition(cursor)));
    if (signal.aborted) return;
    cursor = read.cursor;
    yield read;
    if (read.kind === 'end') return;
    if (read.kind === 'waiting') await log.changes.after(version, signal);
  }
}

/** What a reader at `cursor` gets next, given the log's page at its position. */
export function nextRead(cursor: Cursor, logPage: LogPage | undefined): Read {
  if (!logPage) return { kind: 'waiting', cursor };
  const { seq } = cursor;
  const { attempts, length, ended, page, appendedAt } = logPage;
  const last = lastAttempt(attempts);
  const olderThanReader = cursor.attempt > last;
  if (olderThanReader) return { kind: 'waiting', cursor };
  if (forkedBy(cursor, attempts) || startsInsideCharacter(page)) {
    return { kind: 'reset', cursor: { seq, attempt: last, position: 0 } };
  }
  const position = textPosition(cursor);
  const text = wholeCharacters(page);
  if (text.length > 0) {
    const after = advance(cursor, position + text.length, attempts);
    return { kind: 'text', text: text.toString(), cursor: after, appendedAt };
  }
  if (ended && position === length) {
    return { kind: 'end', cursor: { seq, attempt: last, position: length + 1 } };
  }
  return { kind: 'waiting', cursor };
}
