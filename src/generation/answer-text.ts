import { DISCLAIMER, ENDING } from './disclaimer.js';
import { WritableText } from './writable.js';

/** The disclaimer's first character. It occurs there once, so that its last place in a text is the only one to look at. */
const SIGN = DISCLAIMER.slice(0, 1);

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

  /** `inherited` is what earlier attempts wrote. */
  constructor(inherited: string) {
    this.#tail = tailOf(inherited);
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
    if (held.trim() !== DISCLAIMER) return this.#give(held);
    return this.#tail === BLANK_LINE ? DISCLAIMER : ENDING;
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
    const sign = text.lastIndexOf(SIGN);
    const ending = text.slice(Math.max(sign, 0));
    const begun = sign !== -1 && (DISCLAIMER.startsWith(ending) || ending.trimEnd() === DISCLAIMER);
    const from = begun ? sign : text.length;
    return this.#tail === '' && text.slice(0, from).trim() === '' ? 0 : from;
  }
}

const BLANK_LINE = ENDING.slice(0, 2);

function tailOf(text: string): string {
  return text.slice(-BLANK_LINE.length);
}
