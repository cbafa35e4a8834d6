/** What stands between two versions of an answer, since what is printed cannot be taken back. */
export const STARTS_OVER = '\n--- the answer starts over ---\n';

/** Where answers go. */
export interface AnswerOutput {
  write(text: string): void;
}

/** Writes one answer as it grows. */
export class AnswerWriter {
  readonly #out: AnswerOutput;
  #written = '';
  #isEnded = false;

  constructor(out: AnswerOutput) {
    this.#out = out;
  }

  get isMidLine(): boolean {
    return !this.#isEnded && this.#written !== '' && !this.#written.endsWith('\n');
  }

  /** `content` is the answer so far. */
  show(content: string): void {
    if (content.length === this.#written.length && content === this.#written) return;
    if (content.startsWith(this.#written)) {
      this.#out.write(content.slice(this.#written.length));
    } else if (content !== '') {
      this.#out.write(STARTS_OVER + content);
    } else {
      // Dropped, and to come again: what was written is compared with what comes.
      return;
    }
    this.#written = content;
  }

  /** Ends the last line. */
  end(): void {
    if (this.#written !== '') this.#out.write('\n');
    this.#isEnded = true;
  }
}
