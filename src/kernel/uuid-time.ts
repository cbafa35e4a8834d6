/**
 * When a UUID of version 7 was made, in ms since 1970 by the clock of who made it (RFC 9562, 5.7). Undefined for any other
 * version.
 */
export function uuidTime(uuid: string): number | undefined {
  if (uuid[14] !== '7') return undefined;
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
