/** Of `nomic-embed-text`, the usual model, it would be 768. */
const DIMENSIONS = 256;

/**
 * The unit vector of a text: how often each group of three letters is in its words, gathered in 256 places by their hash. Texts with
 * words in common, or with words of one stem, are close; that is all that it knows of meaning.
 */
export function vectorOf(text: string): number[] {
  const vector = Array.from({ length: DIMENSIONS }, () => 0);
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    const edged = `^${word}$`;
    for (let at = 0; at + 3 <= edged.length; at += 1) {
      const place = hash(edged.slice(at, at + 3)) % DIMENSIONS;
      vector[place] = (vector[place] ?? 0) + 1;
    }
  }
  return normalized(vector);
}

/** As `normalize` in server/routes.go: a text without letters has a vector of zeros. */
function normalized(vector: readonly number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / Math.max(length, 1e-12));
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
