import { BLANK_LINE, DISCLAIMER } from './disclaimer.js';
import { WritableText } from './writable.js';

/**
 * Turns a provider's deltas into the text of the answer. Blank text is held back until other text follows, so that a blank
 * answer has no text. A disclaimer is held back too, with the white space after it: at the end of an answer the model may
 * have written it, and it must be there once, in its proper form.
 *
 * Example: `Rest. `, `⚠️ **Medical Disclaimer**: … concerns.`, `\n` gives `Rest. `, and at the end a blank line with the
 * disclaimer.
 */
export class AnswerText {
  readonly #writable = new WritableText();
  /** The end of what was given out, enough to tell a blank line; empty while nothing was. */
  #tail: string;
  #held = '';
  readonly #disclaimer: string;

  /** `inherited` is what earlier attempts wrote. */
  constructor(inherited: string, disclaimer = DISCLAIMER) {
    this.#tail = tailOf(inherited);
    this.#disclaimer = disclaimer;
  }

  /** What can be written now. */
  push(delta: string): string {
    const text = this.#held + this.#writable.push(delta);
    const from = this.#heldFrom(text);
    this.#held = text.slice(from);
    return this.#give(text.slice(0, from));
  }

  /** What is left when the model has ended: a disclaimer of its own in its proper form, or what only began like one. */
  end(): string {
    const held = this.#held + this.#writable.end();
    this.#held = '';
    if (held.trim() === '') return '';
    if (held.trim() !== this.#disclaimer) return this.#give(held);
    return this.#tail === BLANK_LINE ? this.#disclaimer : BLANK_LINE + this.#disclaimer;
  }

  /** UTF-16 units that are held back. */
  get held(): number {
    return this.#held.length;
  }

  #give(text: string): string {
    if (text !== '') this.#tail = tailOf(this.#tail + text);
    return text;
  }

  /** Where the blank text or the disclaimer begins that `text` ends with; its length if there is none. */
  #heldFrom(text: string): number {
    const from = this.#disclaimerFrom(text);
    return this.#tail === '' && text.slice(0, from).trim() === '' ? 0 : from;
  }

  /** Where the disclaimer, or its beginning, begins that `text` ends with; its length if there is none. */
  #disclaimerFrom(text: string): number {
    const disclaimer = this.#disclaimer;
    const written = text.trimEnd();
    // Nothing further in front can be the beginning of one that the text ends with.
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
