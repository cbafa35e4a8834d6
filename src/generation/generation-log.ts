import type { Cursor } from '../protocol/cursor.js';
import type { AttemptStart } from './attempts.js';
import type { Outcome } from './outcome.js';

/** A generation, with the conversation whose keys its log lives among. */
export interface GenerationRef {
  readonly conversationId: string;
  /** The id of the assistant message that is being made. */
  readonly messageId: string;
  readonly seq: number;
}

/**
 * The text of one generation as it is written. Positions are byte offsets into its UTF-8 text.
 *
 * The log may lose anything at any time (a Redis that restarts empty, or with an older snapshot). Writers find out
 * by `lost` and restore it; readers wait. Text that has been handed to a reader is never replaced silently:
 * the reader gets a `reset` first.
 */
export interface GenerationLog {
  /**
   * Fences every lower attempt and says what is there, in one step. Text that is not whole UTF-8 at its end is cut
   * back to the last whole character.
   */
  open(ref: GenerationRef, attempt: number): Promise<Opened>;

  /**
   * What follows `from`, then what is appended later: no gap, no repeat, in pages of at most 64 KiB cut at a character.
   * Ends after `end`, or when `signal` aborts (without throwing). Waits while the log is missing, or is
   * older than the reader.
   */
  read(ref: GenerationRef, from: Cursor, signal: AbortSignal): AsyncIterable<Read>;

  /** The whole text so far, or undefined when there is no log. */
  peek(ref: GenerationRef): Promise<Snapshot | undefined>;

  /** False when byte `position` is known to be inside a character; true for what is not there. */
  startsCharacter(ref: GenerationRef, position: number): Promise<boolean>;

  /**
   * Says that the row is final: readers get `end` if the log is sealed and whole, and the log is kept for the retention
   * time. Readers of a log that is not must take the rest from the row. Idempotent.
   */
  close(ref: GenerationRef): Promise<void>;

  /** Forgets the text for good: a writer that is still there finds its log `lost`. */
  erase(refs: readonly GenerationRef[]): Promise<void>;
}

export type Opened =
  | { kind: 'opened'; snapshot: Snapshot; writer: LogWriter }
  /** A higher attempt has been here. */
  | { kind: 'fenced' };

/** What a log holds at one moment. */
export interface Snapshot {
  readonly text: string;
  readonly attempts: readonly AttemptStart[];
  /** There once the text is whole: nothing can be appended after it. */
  readonly outcome?: Outcome;
}

/**
 * Writes one attempt. Stateless: every call says where it writes, so a call whose reply was lost is made again
 * and takes effect once. Calls of one writer must not overlap.
 */
export interface LogWriter {
  /** Records where this attempt starts, and drops what lies after it. Before the first append. */
  begin(start: number): Promise<Written>;
  /**
   * Adds `text` at byte `at`, and with an `outcome` seals the log. What an earlier call has added is not added twice, so a
   * call may also be made again with more text at its end.
   * @throws when other text is there already, or another outcome.
   */
  append(at: number, text: string, outcome?: Outcome): Promise<Written>;
  /**
   * Puts the whole log back after a loss, if what is there is less, or of a lower attempt. The caller has made sure
   * that the generation still exists and is still its own.
   */
  restore(snapshot: Snapshot): Promise<Written>;
}

export type Written =
  /** `position` is the byte after the last one written. */
  | { kind: 'written'; position: number }
  | { kind: 'fenced' }
  /** The log is missing, shorter than it was, or of a lower attempt. */
  | { kind: 'lost' };

export type Read =
  /** Text, and the cursor just after it. */
  | { kind: 'text'; text: string; cursor: Cursor }
  /** What was read is no longer part of the answer; its text comes again from the start. */
  | { kind: 'reset'; cursor: Cursor }
  /** Nothing more for now. Comes before every wait, so also each time a wait was for nothing. */
  | { kind: 'waiting'; cursor: Cursor }
  /** The text is whole and the row is final. */
  | { kind: 'end'; cursor: Cursor };

/** Largest page of text that a reader is given at once, in bytes. */
export const PAGE_BYTES = 65_536;
