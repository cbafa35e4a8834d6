const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The length of a text in bytes of UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** The text without its first `bytes` bytes; undefined when that is inside a character. */
export function withoutBytes(text: string, bytes: number): string | undefined {
  const encoded = encoder.encode(text);
  const isInside = ((encoded[bytes] ?? 0) & 0xc0) === 0x80;
  return isInside ? undefined : decoder.decode(encoded.subarray(bytes));
}
