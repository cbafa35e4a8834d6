/** So many appends are remembered. A reader that is further behind reads text that is not new any more. */
const REMEMBERED = 64;

interface TimedAppend {
  readonly start: number;
  readonly end: number;
  readonly epochMs: number;
}

/** When the newest appends to a log were made, so that a reader can tell how old its text is. Positions are bytes. */
export class AppendTimes {
  #appends: TimedAppend[] = [];

  /** The bytes from `start` to `end` were appended at `epochMs`. */
  add(start: number, end: number, epochMs: number): void {
    // Text was dropped: what is known of it is of no use.
    if (start < (this.#appends.at(-1)?.end ?? 0)) this.#appends = [];
    this.#appends.push({ start, end, epochMs });
    if (this.#appends.length > REMEMBERED) this.#appends.shift();
  }

  /**
   * When the byte at `position` was appended; undefined when that is not known.
   *
   * Example: appends ended at 10, 14 and 20. A reader at 12 gets text of the second and the third; the second's time is that
   * of its oldest text.
   */
  at(position: number): number | undefined {
    return this.#appends.findLast(({ start, end }) => start <= position && position < end)?.epochMs;
  }
}
