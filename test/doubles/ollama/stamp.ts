/** Now, in µs of the machine's monotonic clock, which all of its processes share. */
export function microseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + Math.trunc(nanoseconds / 1e3);
}

/** A token that says when it was written: `microseconds()` in base 36, and a space. */
export function stamp(): string {
  return `${microseconds().toString(36)} `;
}

/** When each of the stamped tokens in `text` was written. */
export function stampsIn(text: string): number[] {
  return text
    .split(' ')
    .filter((token) => token !== '')
    .map((token) => Number.parseInt(token, 36));
}
