import { BLANK_LINE, DISCLAIMER } from './disclaimer.js';
import { WritableText } from './writable.js';

/**
 * Turns a provider's deltas into the text of the answer. Blank text at the start is held back until other text follows, so a
 * blank answer has no text. A disclaimer is held back too, with the white space after it: the model may end its answer with
 * one, and the answer must end with exactly one, after a blank line.
 *
 * Example: `Rest. `, `⚠️ **Medical Disclaimer**: … concerns.`, `\n` gives `Rest. `, and at the end a blank line with the
 * disclaimer.
 */
export class AnswerText {
  readonly #writable = new WritableText();
  /** The last characters returned, as many as a blank line has; empty before the first text. */
  #tail: string;
  #held = '';
  readonly #disclaimer: string;

  /** `inherited` is the text of earlier attempts. */
  constructor(inherited: string, disclaimer = DISCLAIMER) {
    this.#tail = tailOf(inherited);
    this.#disclaimer = disclaimer;
  }

  /** Adds `delta` and returns the text that can be written now. */
  push(delta: string): string {
    const text = this.#held + this.#writable.push(delta);
    const from = this.#heldFrom(text);
    this.#held = text.slice(from);
    return this.#give(text.slice(0, from));
  }

  /** The held text when the model has ended: its own disclaimer after a blank line, or text that only began like one. */
  end(): string {
    const held = this.#held + this.#writable.end();
    this.#held = '';
    if (held.trim() === '') return '';
    if (held.trim() !== this.#disclaimer) return this.#give(held);
    return this.#tail === BLANK_LINE ? this.#disclaimer : BLANK_LINE + this.#disclaimer;
  }

  /** Length of the held text, in UTF-16 units. */
  get held(): number {
    return this.#held.length;
  }

  #give(text: string): string {
    if (text !== '') this.#tail = tailOf(this.#tail + text);
    return text;
  }

  /** Start of the blank text or disclaimer at the end of `text`; `text.length` if there is none. */
  #heldFrom(text: string): number {
    const from = this.#disclaimerFrom(text);
    return this.#tail === '' && text.slice(0, from).trim() === '' ? 0 : from;
  }

  /** Start of the whole or begun disclaimer at the end of `text`; `text.length` if there is none. */
  #disclaimerFrom(text: string): number {
    const disclaimer = this.#disclaimer;
    const written = text.trimEnd();
    // A disclaimer at the end of the text cannot start before this index.
    let at = Math.max(0, written.length - disclaimer.length);
    while ((at = text.indexOf(disclaimer.charAt(0), at)) !== -1) {
      const ending = text.slice(at);
      if (disclaimer.startsWith(ending) || ending.trimEnd() === disclaimer) return at;
      at++;
    }
    return text.length;
  }
}

function tailOf(text: string): string {
  return text.slice(-BLANK_LINE.length);
}
