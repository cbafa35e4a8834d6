const OPENING = '<think>';
const CLOSING = '</think>';

type Step = 'beginning' | 'thinking' | 'pausing' | 'speaking';

/**
 * Leaves out what an older model thinks aloud: `<think>…</think>` at the beginning of its text, and the white space
 * after it. The tags may be cut anywhere. A tag further on is text like any other.
 */
export class SpokenText {
  #step: Step = 'beginning';
  #held = '';

  /** What of it is meant for the reader. */
  push(delta: string): string {
    if (this.#step === 'speaking') return delta;
    this.#held += delta;
    return this.#advance() === 'speaking' ? this.end() : '';
  }

  /** What was held back because it could have become a tag. A thought that never ended is no text. */
  end(): string {
    const held = this.#step === 'thinking' ? '' : this.#held;
    this.#held = '';
    return held;
  }

  /** As many steps as the held text allows. */
  #advance(): Step {
    if (this.#step === 'beginning') this.#begin();
    if (this.#step === 'thinking') this.#think();
    if (this.#step === 'pausing') this.#pause();
    return this.#step;
  }

  #begin(): void {
    const text = this.#held.trimStart();
    if (text.startsWith(OPENING)) {
      this.#held = text.slice(OPENING.length);
      this.#step = 'thinking';
    } else if (!OPENING.startsWith(text)) this.#step = 'speaking';
  }

  #think(): void {
    const end = this.#held.indexOf(CLOSING);
    if (end === -1) {
      // A thought may be long: only what can be the beginning of the tag is kept.
      this.#held = this.#held.slice(-(CLOSING.length - 1));
      return;
    }
    this.#held = this.#held.slice(end + CLOSING.length);
    this.#step = 'pausing';
  }

  #pause(): void {
    this.#held = this.#held.trimStart();
    if (this.#held !== '') this.#step = 'speaking';
  }
}
