import { spokenText } from '../markdown/spoken-text.js';
import { languageOf, sayable, sentencesOf } from './sentences.js';

/** Reads one answer aloud with the browser's voice, and goes on as the answer grows. */
export class Reader {
  readonly #onEnd: () => void;
  /** Up to where the text was handed to the voice, in UTF-16 units of what is said. */
  #said = 0;
  /** Sentences that the voice has not said to their end. */
  #waiting = 0;
  #growing = true;
  #stopped = false;

  /** @param onEnd called once, when all has been said or another reading has begun */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    // The browser has one voice for the whole page: this ends what another answer was saying.
    speechSynthesis.cancel();
  }

  /** @param markdown the answer so far, without its disclaimer */
  update(markdown: string, growing: boolean): void {
    if (this.#stopped) return;
    this.#growing = growing;
    const text = spokenText(markdown);
    const end = sayable(text, growing);
    for (const sentence of sentencesOf(text.slice(this.#said, end))) this.#say(sentence);
    this.#said = Math.max(this.#said, end);
    this.#endIfDone();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#end();
    speechSynthesis.cancel();
  }

  #say(sentence: string): void {
    const utterance = new SpeechSynthesisUtterance(sentence);
    utterance.lang = languageOf(sentence, navigator.language);
    utterance.addEventListener('end', () => {
      this.#waiting -= 1;
      this.#endIfDone();
    });
    // Also when another reading has begun.
    utterance.addEventListener('error', () => this.#end());
    this.#waiting += 1;
    speechSynthesis.speak(utterance);
  }

  #endIfDone(): void {
    if (this.#waiting === 0 && !this.#growing) this.#end();
  }

  #end(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#onEnd();
  }
}
