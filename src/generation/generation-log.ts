import type { Cursor } from '../protocol/cursor.js';
import type { AttemptStart } from './attempts.js';
import type { Outcome } from './outcome.js';

/** Identifies a generation. */
export interface GenerationRef {
  readonly conversationId: string;
  /** The id of the assistant message; also the id of the generation. */
  readonly messageId: string;
  readonly seq: number;
}

/**
 * The text of one generation as it is written. Positions are byte offsets into its UTF-8 text.
 *
 * The log may lose anything at any time: a Redis may restart empty, or with an older snapshot. The writer then gets
 * `lost` and restores the log; readers wait. Text that a reader has received is never replaced without a `reset`.
 */
export interface GenerationLog {
  /**
   * Fences all lower attempts and returns what the log holds, in one atomic step. If the text ends inside a character, it
   * is cut back to the last whole one. Attempt 1, which nothing can precede, begins at byte 0 with it.
   */
  open(ref: GenerationRef, attempt: number): Promise<Opened>;

  /**
   * Yields what follows `from`, then what is appended later, without gap or repetition, in pages of at most 64 KiB that end
   * at a character. Finishes after `end`, or when `signal` aborts (without throwing). Waits while the log is missing or
   * older than the reader.
   */
  read(ref: GenerationRef, from: Cursor, signal: AbortSignal): AsyncIterable<Read>;

  /** The whole text so far. Undefined when there is no log. */
  peek(ref: GenerationRef): Promise<Snapshot | undefined>;

  /** False when byte `position` is inside a character. True when it starts one, or when the log does not have it. */
  startsCharacter(ref: GenerationRef, position: number): Promise<boolean>;

  /**
   * Marks the log as closed after the row is final, and keeps it for the retention time. Idempotent. True when the log is
   * sealed: its readers get `end`. Otherwise they must be notified, and take the rest from the row.
   */
  close(ref: GenerationRef): Promise<boolean>;

  /** Deletes the logs. A writer that is still active gets `lost`. */
  erase(refs: readonly GenerationRef[]): Promise<void>;
}

export type Opened =
  | { kind: 'opened'; snapshot: Snapshot; writer: LogWriter }
  /** A higher attempt has opened the log. */
  | { kind: 'fenced' };

/** The content of a log at one moment. */
export interface Snapshot {
  readonly text: string;
  readonly attempts: readonly AttemptStart[];
  /** Present once the log is sealed: the text is whole and nothing can be appended. */
  readonly outcome?: Outcome;
}

/**
 * Writes one attempt's text. Every call says at which byte it writes, so a call whose reply was lost can be repeated
 * and takes effect once. Calls of one writer must not overlap.
 */
export interface LogWriter {
  /** Records where this attempt starts and drops the text after that. Called before the first append, but for attempt 1. */
  begin(start: number): Promise<Written>;
  /**
   * Appends `text` at byte `at`, and seals the log if there is an `outcome`. Text that an earlier call appended is not
   * appended again, so a repeated call may carry more text at its end.
   * @throws when the log holds other text there, or another outcome.
   */
  append(at: number, text: string, outcome?: Outcome): Promise<Written>;
  /**
   * Restores the whole log after a loss, if it now holds less or is of a lower attempt. The caller must have checked that
   * the generation still exists and still belongs to it.
   */
  restore(snapshot: Snapshot): Promise<Written>;
}

export type Written =
  /** `position` is the byte after the last one written. */
  | { kind: 'written'; position: number }
  | { kind: 'fenced' }
  /** The log is missing, shorter than expected, or of a lower attempt. */
  | { kind: 'lost' };

export type Read =
  /**
   * Text, and the cursor just after it. `appendedAt`: when the oldest of it was appended, in ms since 1970 by the writer's
   * clock; absent for text that is not new, and where that is not measured.
   */
  | { kind: 'text'; text: string; cursor: Cursor; appendedAt?: number | undefined }
  /** What was read is no longer part of the answer. The text follows again from its start. */
  | { kind: 'reset'; cursor: Cursor }
  /** There is nothing more for now. Yielded before every wait, also after a wait that brought nothing. */
  | { kind: 'waiting'; cursor: Cursor }
  /** The text is whole and the row is final. */
  | { kind: 'end'; cursor: Cursor };

/** Largest page of text that a reader gets at once, in bytes. */
export const PAGE_BYTES = 65_536;
