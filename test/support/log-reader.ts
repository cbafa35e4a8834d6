import assert from 'node:assert/strict';
import {
  type GenerationLog,
  type GenerationRef,
  PAGE_BYTES,
  type Read,
} from '../../src/generation/generation-log.js';
import { afterAccepted, type Cursor, compareCursors } from '../../src/protocol/cursor.js';

/** A place in an answer that a reader has been at: its cursor, and the text that it had. */
export interface Place {
  readonly cursor: Cursor;
  readonly text: string;
}

/**
 * Reads a log as a client does: keeps its text, drops it at a `reset`. Fails at a read that breaks a promise: a text that
 * does not go on where the last one ended, a cursor that goes back, a page that is too large.
 */
export class LogReader implements Place {
  text: string;
  cursor: Cursor;
  resets = 0;
  /** Reads that brought text. */
  texts = 0;
  readonly #abort = new AbortController();
  readonly #reads: AsyncIterator<Read, void>;

  constructor(log: GenerationLog, ref: GenerationRef, from: Place = beginningOf(ref)) {
    this.text = from.text;
    this.cursor = from.cursor;
    this.#reads = log.read(ref, from.cursor, this.#abort.signal)[Symbol.asyncIterator]();
  }

  /** Undefined when the reading is over. */
  async next(): Promise<Read | undefined> {
    const { value } = await this.#reads.next();
    if (!value) return undefined;
    this.#check(value);
    if (value.kind === 'reset') this.text = '';
    if (value.kind === 'text') this.text += value.text;
    if (value.kind === 'reset') this.resets++;
    if (value.kind === 'text') this.texts++;
    this.cursor = value.cursor;
    return value;
  }

  /** Reads on until the log says `kind`. */
  async until(kind: Read['kind']): Promise<Read> {
    for (;;) {
      const read = await this.next();
      assert(read, `the reading was over before it came to ${kind}`);
      if (read.kind === kind) return read;
    }
  }

  /** Reads on until it has all of `text`. */
  async untilText(text: string): Promise<void> {
    while (this.text !== text) assert(await this.next(), 'the reading was over before it had the text');
  }

  /** Reads on until the reading is over. */
  async toEnd(): Promise<void> {
    while (await this.next());
  }

  /** Ends the reading, wherever it is. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#reads.return?.();
  }

  #check(read: Read): void {
    const bytes = Buffer.byteLength(this.text);
    if (read.kind === 'text') {
      const added = Buffer.byteLength(read.text);
      assert(added > 0 && added <= PAGE_BYTES, 'a text is empty or too large');
      assert.equal(read.cursor.position, bytes + added, 'a text does not go on where the last one ended');
    }
    if (read.kind === 'end') assert.equal(read.cursor.position, bytes + 1, 'the end is not after the text');
    if (read.kind === 'reset') assert.equal(read.cursor.position, 0, 'a reset is not at the beginning');
    if (read.kind === 'waiting') assert.deepEqual(read.cursor, this.cursor, 'waiting moves the cursor');
    if (read.kind === 'text' || read.kind === 'end') {
      assert(compareCursors(read.cursor, this.cursor) > 0, 'the cursor does not go forward');
    }
  }
}

/** Where a reader begins that has nothing. */
export function beginningOf({ seq }: GenerationRef): Place {
  return { cursor: afterAccepted(seq), text: '' };
}
