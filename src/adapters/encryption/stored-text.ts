/**
 * Begins what is stored in another form than it is: a noncharacter, which Unicode reserves for the inside of a program. Text that
 * begins with it all the same is stored behind it, as `PLAIN`, so that nothing a person writes can pass for encrypted.
 */
export const MARK = '\uFDD0';

const SEALED = `${MARK}s`;
const PLAIN = `${MARK}p`;

export function isSealed(stored: string): boolean {
  return stored.startsWith(SEALED);
}

/** How text is stored that is not encrypted: as it is, but for one case in a lifetime. */
export function storedPlain(text: string): string {
  return text.startsWith(MARK) ? PLAIN + text : text;
}

/** The text that `storedPlain` has stored. */
export function plainText(stored: string): string {
  return stored.startsWith(PLAIN) ? stored.slice(PLAIN.length) : stored;
}

export function storedSealed(sealed: Buffer): string {
  return SEALED + sealed.toString('base64');
}

export function sealedBytes(stored: string): Buffer {
  return Buffer.from(stored.slice(SEALED.length), 'base64');
}
