import { type AttemptStart, lastAttempt } from '../../generation/attempts.js';
import { PAGE_BYTES, type Snapshot } from '../../generation/generation-log.js';
import type { LogPage } from '../../generation/log-reader.js';
import type { Outcome } from '../../generation/outcome.js';
import { AppendTimes } from '../append-times.js';
import { GrowingBytes } from '../growing-bytes.js';

/** One log in memory, with the operations of the port on it. */
export class LogBuffer {
  /** The highest attempt that has opened. */
  fence: number;
  closed = false;
  #attempts: readonly AttemptStart[];
  #outcome: Outcome | undefined;
  readonly #text: GrowingBytes;
  /** Absent where it is not measured. */
  readonly #times: AppendTimes | undefined;

  constructor(fence: number, { text, attempts, outcome }: Snapshot, timed = false) {
    this.fence = fence;
    this.#text = new GrowingBytes(Buffer.from(text));
    this.#attempts = attempts;
    this.#outcome = outcome;
    this.#times = timed ? new AppendTimes() : undefined;
  }

  get snapshot(): Snapshot {
    const outcome = this.#outcome;
    return { text: this.#text.from(0).toString(), attempts: this.#attempts, ...(outcome && { outcome }) };
  }

  /** Whether the text is whole and nothing can be appended. */
  get sealed(): boolean {
    return this.#outcome !== undefined;
  }

  readPage(position: number): LogPage {
    return {
      attempts: this.#attempts,
      length: this.#text.end,
      ended: this.closed && this.sealed,
      page: this.#text.from(position, PAGE_BYTES),
      appendedAt: this.#times?.at(position),
    };
  }

  /** False when the text is shorter than `start`. Idempotent. */
  begin(attempt: number, start: number): boolean {
    if (this.#text.end < start) return false;
    if (this.#hasBegun(attempt)) return true;
    this.#text.truncate(start);
    this.#attempts = [...this.#attempts, { attempt, start }];
    this.#outcome = undefined;
    return true;
  }

  /**
   * False when the attempt has not begun, or the text is shorter than `at`. Text that is already there is not added twice.
   * @throws when the log holds other text there, or another outcome.
   */
  append(attempt: number, at: number, text: string, outcome?: Outcome): boolean {
    if (!this.#hasBegun(attempt) || this.#text.end < at) return false;
    const bytes = Buffer.from(text);
    const there = this.#text.from(at, bytes.length);
    const rest = bytes.subarray(there.length);
    if (!there.equals(bytes.subarray(0, there.length)) || (outcome && this.#text.end > at + bytes.length)) {
      throw new Error('the log has other text there');
    }
    if (this.#outcome && (rest.length > 0 || (outcome && !same(outcome, this.#outcome)))) {
      throw new Error('the log is sealed');
    }
    this.#text.append(rest);
    if (rest.length > 0) this.#times?.add(this.#text.end - rest.length, this.#text.end, Date.now());
    this.#outcome ??= outcome;
    return true;
  }

  /** Whether `snapshot` holds more than this log. */
  lacks({ text, attempts, outcome }: Snapshot): boolean {
    return (
      this.#text.end < Buffer.byteLength(text) ||
      lastAttempt(this.#attempts) < lastAttempt(attempts) ||
      (outcome !== undefined && this.#outcome === undefined)
    );
  }

  #hasBegun(attempt: number): boolean {
    return this.#attempts.some((begun) => begun.attempt === attempt);
  }
}

function same(one: Outcome, other: Outcome): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
