/**
 * The text with nothing in it that a terminal obeys. A model, a title or an error message may hold escape sequences that
 * clear the screen (`ESC[2J`), fill the clipboard (OSC 52), disguise a link (OSC 8) or overwrite what was printed (`\r`).
 * Each control character is replaced by a visible sign, so `ESC[2J` is printed as `␛[2J`:
 * - C0 and DEL by their control pictures (U+2400 to U+2421), but for line feed and tab, which stay
 * - C1 (U+0080 to U+009F, the eight-bit forms of `ESC[` and the like) by U+FFFD
 * - the overrides of the writing direction (U+202D, U+202E), which show text in another order than it has, by U+FFFD
 *
 * A `\r` before a `\n` is dropped: it is half of a line break.
 */
export function inert(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(OBEYED, visible);
}

/** `\p{Cc}` is C0, DEL and C1. */
const OBEYED = /[^\P{Cc}\n\t]|[\u202d\u202e]/gu;

const DEL = 0x7f;

function visible(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === DEL ? '\u2421' : '\ufffd';
}
