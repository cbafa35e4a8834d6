/** `bytes` without an incomplete character at the end. */
export function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(bytes.length, 3); back++) {
    const at = bytes.length - back;
    if (startsInsideCharacter(bytes, at)) continue;
    return sizeOf(bytes[at] ?? 0) > back ? bytes.subarray(0, at) : bytes;
  }
  return bytes;
}

/** Whether the byte at `position` continues a character that began before it. */
export function startsInsideCharacter(bytes: Buffer, position = 0): boolean {
  const byte = bytes[position];
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}

/** The length in bytes of a character whose first byte is `lead` (RFC 3629). */
function sizeOf(lead: number): number {
  if (lead < 0b1100_0000) return 1;
  if (lead < 0b1110_0000) return 2;
  return lead < 0b1111_0000 ? 3 : 4;
}
