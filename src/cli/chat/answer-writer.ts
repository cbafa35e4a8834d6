/** Is printed between two versions of an answer, since printed text cannot be taken back. */
export const STARTS_OVER = '\n--- the answer starts over ---\n';

/** Where answers are printed. */
export interface AnswerOutput {
  write(text: string): void;
}

/** Prints one answer as it is written. */
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
      // A reset: the text comes again. It is compared with the printed text then.
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
